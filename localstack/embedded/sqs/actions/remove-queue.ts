import type { SqsAction } from '../request.ts';
import { QueueUrlSchema } from './shapes.ts';

export const deleteQueue: SqsAction = (request, queues) => {
  const { QueueUrl } = request.input(QueueUrlSchema);
  queues.deleteQueue(request.queue(QueueUrl, 'sqs:DeleteQueue', queues).arn);
};

export const purgeQueue: SqsAction = (request, queues) => {
  const { QueueUrl } = request.input(QueueUrlSchema);
  queues.purge(request.queue(QueueUrl, 'sqs:PurgeQueue', queues).arn);
};
