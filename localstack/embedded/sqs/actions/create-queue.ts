import { z } from 'zod';
import type { SqsAction } from '../request.ts';

const InputSchema = z.object({
  QueueName: z.string(),
  Attributes: z.record(z.string(), z.string()).nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
});

export const createQueue: SqsAction = (request, queues) => {
  const { QueueName, Attributes, tags } = request.input(InputSchema);
  request.authorise('sqs:CreateQueue', QueueName);
  const isNew = queues.byName(QueueName) === undefined;
  const { url, arn } = queues.create(QueueName, Attributes ?? {});
  if (isNew && tags) queues.setTags(arn, tags);
  return { QueueUrl: url };
};
