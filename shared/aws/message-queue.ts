import { SendMessageBatchCommand, type SQSClient, type SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { FanlightError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { mapConcurrently } from '../core/map-concurrently.ts';

export interface OutgoingMessage {
  /** JSON. */
  readonly body: string;
  /** 0 to 900. */
  readonly delayS?: number | undefined;
  /** The job: fair queues keep one job from starving another (field note 29). */
  readonly groupId?: string | undefined;
}

const maxBatchEntries = 10;
const maxSendRounds = 5;
const maxBatchesInFlight = 8;

/**
 * SQS refuses these two characters, which an S3 key may hold; in JSON they can be escaped as well
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
 */
function escapeRefused(json: string): string {
  return json.replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** Cuts messages into batches of at most 10 entries and 1 MiB in all. */
export function batchMessages(messages: readonly OutgoingMessage[]): OutgoingMessage[][] {
  const batches: OutgoingMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const messageBytes = Buffer.byteLength(message.body);
    const current = batches.at(-1);
    if (current === undefined || current.length === maxBatchEntries || bytes + messageBytes > limits.maxMessageBytes) {
      batches.push([message]);
      bytes = messageBytes;
    } else {
      current.push(message);
      bytes += messageBytes;
    }
  }
  return batches;
}

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
    await mapConcurrently(batchMessages(messages), maxBatchesInFlight, (batch) => this.#sendBatch(batch));
  }

  async #sendBatch(batch: readonly OutgoingMessage[]): Promise<void> {
    let pending: SendMessageBatchRequestEntry[] = batch.map((message, index) => ({
      Id: String(index),
      MessageBody: escapeRefused(message.body),
      DelaySeconds: message.delayS,
      MessageGroupId: message.groupId,
    }));
    for (let round = 0; round < maxSendRounds; round++) {
      const { Successful = [] } = await this.#sqs.send(
        new SendMessageBatchCommand({ QueueUrl: this.#queueUrl, Entries: pending }),
      );
      // Ids in neither list count as failed: only a confirmation is one (field note 10).
      const confirmed = new Set(Successful.map((entry) => entry.Id));
      pending = pending.filter((entry) => !confirmed.has(entry.Id));
      if (pending.length === 0) return;
    }
    throw new FanlightError('INTERNAL', `SQS did not accept ${pending.length} of ${batch.length} messages`);
  }
}
