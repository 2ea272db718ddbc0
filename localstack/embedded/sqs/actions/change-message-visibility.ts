import { z } from 'zod';
import type { SqsAction } from '../request.ts';
import { batchSchema, eachEntry, requireBatch } from './batch.ts';
import { QueueUrlSchema } from './shapes.ts';

const change = { ReceiptHandle: z.string(), VisibilityTimeout: z.number() };
const InputSchema = QueueUrlSchema.extend(change);
const BatchInputSchema = batchSchema(change);

export const changeMessageVisibility: SqsAction = (request, queues) => {
  const { QueueUrl, ReceiptHandle, VisibilityTimeout } = request.input(InputSchema);
  const { arn } = request.queue(QueueUrl, 'sqs:ChangeMessageVisibility', queues);
  queues.changeVisibility(arn, ReceiptHandle, VisibilityTimeout);
};

export const changeMessageVisibilityBatch: SqsAction = (request, queues) => {
  const { QueueUrl, Entries } = request.input(BatchInputSchema);
  const { arn } = request.queue(QueueUrl, 'sqs:ChangeMessageVisibility', queues);
  requireBatch(Entries);
  return queues.together(() =>
    eachEntry(Entries, ({ ReceiptHandle, VisibilityTimeout }) => {
      queues.changeVisibility(arn, ReceiptHandle, VisibilityTimeout);
      return {};
    }),
  );
};
