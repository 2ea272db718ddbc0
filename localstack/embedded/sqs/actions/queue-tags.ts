import { z } from 'zod';
import type { SqsAction } from '../request.ts';
import { QueueUrlSchema } from './shapes.ts';

export const tagQueue: SqsAction = (request, queues) => {
  const { QueueUrl, Tags } = request.input(QueueUrlSchema.extend({ Tags: z.record(z.string(), z.string()) }));
  const { arn } = request.queue(QueueUrl, 'sqs:TagQueue', queues);
  queues.setTags(arn, { ...queues.tags(arn), ...Tags });
};

export const untagQueue: SqsAction = (request, queues) => {
  const { QueueUrl, TagKeys } = request.input(QueueUrlSchema.extend({ TagKeys: z.array(z.string()) }));
  const { arn } = request.queue(QueueUrl, 'sqs:UntagQueue', queues);
  queues.setTags(arn, Object.fromEntries(Object.entries(queues.tags(arn)).filter(([key]) => !TagKeys.includes(key))));
};

export const listQueueTags: SqsAction = (request, queues) => {
  const { QueueUrl } = request.input(QueueUrlSchema);
  const { arn } = request.queue(QueueUrl, 'sqs:ListQueueTags', queues);
  return { Tags: queues.tags(arn) };
};
