import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { QueueUrls } from './sweeper.ts';

/** What a queue says of itself: approximate, and settled a minute after the last change. */
export interface QueueState {
  /** Nothing visible, in flight or delayed. */
  readonly empty: boolean;
  /** After this long a message is gone, whatever became of it. */
  readonly retentionMs: number;
}

export type QueueStates = Readonly<Record<keyof QueueUrls, QueueState>>;

const AttributesSchema = z.object({
  ApproximateNumberOfMessages: z.coerce.number(),
  ApproximateNumberOfMessagesNotVisible: z.coerce.number(),
  ApproximateNumberOfMessagesDelayed: z.coerce.number(),
  MessageRetentionPeriod: z.coerce.number(),
});

async function readQueueState(sqs: SQSClient, queueUrl: string): Promise<QueueState> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: AttributesSchema.keyof().options }),
  );
  const attributes = AttributesSchema.parse(Attributes);
  const messages =
    attributes.ApproximateNumberOfMessages +
    attributes.ApproximateNumberOfMessagesNotVisible +
    attributes.ApproximateNumberOfMessagesDelayed;
  return { empty: messages === 0, retentionMs: attributes.MessageRetentionPeriod * 1000 };
}

export async function readQueueStates(sqs: SQSClient, urls: QueueUrls): Promise<QueueStates> {
  const reading = [
    readQueueState(sqs, urls.uploads),
    readQueueState(sqs, urls.shards),
    readQueueState(sqs, urls.receipts),
    readQueueState(sqs, urls.rescue),
  ] as const;
  // When one fails, the others must not go on behind the response.
  await Promise.allSettled(reading);
  const [uploads, shards, receipts, rescue] = await Promise.all(reading);
  return { uploads, shards, receipts, rescue };
}
