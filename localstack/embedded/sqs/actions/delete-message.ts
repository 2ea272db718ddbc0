import { z } from 'zod';
import type { SqsAction } from '../request.ts';
import { batchSchema, eachEntry, requireBatch } from './batch.ts';
import { QueueUrlSchema } from './shapes.ts';

const InputSchema = QueueUrlSchema.extend({ ReceiptHandle: z.string() });
const BatchInputSchema = batchSchema({ ReceiptHandle: z.string() });

export const deleteMessage: SqsAction = (request, queues) => {
  const { QueueUrl, ReceiptHandle } = request.input(InputSchema);
  const { arn } = request.queue(QueueUrl, 'sqs:DeleteMessage', queues);
  queues.delete(arn, [ReceiptHandle]);
};

export const deleteMessageBatch: SqsAction = (request, queues) => {
  const { QueueUrl, Entries } = request.input(BatchInputSchema);
  const { arn } = request.queue(QueueUrl, 'sqs:DeleteMessage', queues);
  requireBatch(Entries);
  return queues.together(() =>
    eachEntry(Entries, ({ ReceiptHandle }) => {
      queues.delete(arn, [ReceiptHandle]);
      return {};
    }),
  );
};
