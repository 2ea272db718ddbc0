import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { escapeRefused } from '../core/escape-refused.ts';
import { limits } from '../core/limits.ts';
import { sendBatches } from './send-batches.ts';

export interface OutgoingMessage {
  /** JSON. */
  readonly body: string;
  /** 0 to 900. */
  readonly delayS?: number | undefined;
  /** The job: fair queues keep one job from starving another (field note 29). */
  readonly groupId?: string | undefined;
}

/** At most 10 entries and 1 MiB in all. */
const batchLimits = {
  maxEntries: 10,
  maxBytes: limits.maxMessageBytes,
  bytesOf: ({ body }: OutgoingMessage) => Buffer.byteLength(body),
};

/** One queue to send to. */
export class MessageQueue {
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;

  constructor(sqs: SQSClient, queueUrl: string) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
  }

  /**
   * Returns when SQS has confirmed each message; what a batch did not confirm is sent again. In no order.
   *
   * @throws FanlightError INTERNAL (transient) when some messages stay unconfirmed after five rounds
   */
  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    const sendable = messages.map((message) => ({ ...message, body: escapeRefused(message.body) }));
    await sendBatches(sendable, batchLimits, async (batch) => {
      const Entries = batch.map((message, index) => ({
        Id: String(index),
        MessageBody: message.body,
        DelaySeconds: message.delayS,
        MessageGroupId: message.groupId,
      }));
      const { Successful = [] } = await this.#sqs.send(
        new SendMessageBatchCommand({ QueueUrl: this.#queueUrl, Entries }),
      );
      const confirmed = new Set(Successful.map((entry) => entry.Id));
      return (index) => confirmed.has(String(index));
    });
  }
}
