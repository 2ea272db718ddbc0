import type { Clock } from '../clock.ts';
import type { QueueMessage } from '../sqs/message.ts';
import type { Queues } from '../sqs/queues.ts';
import type { EventSourceMappingModel } from '../template/stack-model.ts';

/** The most that one ReceiveMessage returns. */
const MAX_RECEIVE = 10;

/** An idle queue is asked again after the longest wait that SQS knows. */
const LONG_POLL_MS = 20_000;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: the payload of a synchronous invocation. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** Room for a record's fields other than its body and message attributes. */
const RECORD_OVERHEAD_BYTES = 2048;

/** Gathers messages of one queue into batches: until one is full, weighs 6 MB, or its window is over. */
export class BatchCollector {
  readonly #mapping: EventSourceMappingModel;
  readonly #queues: Queues;
  readonly #clock: Clock;
  /** Received, but too much for the batch that was being gathered. */
  #surplus: QueueMessage[] = [];
  #windowEndMs: number | undefined;

  constructor(mapping: EventSourceMappingModel, queues: Queues, clock: Clock) {
    this.#mapping = mapping;
    this.#queues = queues;
    this.#clock = clock;
  }

  /** When the batch is complete that is being gathered; undefined when none is. */
  get windowEndMs(): number | undefined {
    return this.#windowEndMs;
  }

  /** Empty when there was nothing for a while, or the signal aborted. The window begins with the first message. */
  async next(signal: AbortSignal): Promise<QueueMessage[]> {
    const { batchSize, queueArn, windowS } = this.#mapping;
    const gathered = this.#surplus;
    if (gathered.length > 0) this.#windowEndMs = this.#clock.now() + windowS * 1000;
    while (gathered.length < batchSize && payloadBytes(gathered) < MAX_PAYLOAD_BYTES) {
      const waitMs = this.#windowEndMs === undefined ? LONG_POLL_MS : this.#windowEndMs - this.#clock.now();
      if (signal.aborted || (gathered.length > 0 && waitMs <= 0)) break;
      const max = Math.min(MAX_RECEIVE, batchSize - gathered.length);
      const received = await this.#queues.receive(queueArn, { max, waitMs: Math.min(waitMs, LONG_POLL_MS), signal });
      if (gathered.length === 0 && received.length === 0) break;
      this.#windowEndMs ??= this.#clock.now() + windowS * 1000;
      gathered.push(...received);
    }
    this.#windowEndMs = undefined;
    const batch = gathered.slice(0, fittingCount(gathered));
    this.#surplus = gathered.slice(batch.length);
    return batch;
  }

  /** What was received and belongs to no batch yet. */
  takeSurplus(): QueueMessage[] {
    return this.#surplus.splice(0);
  }
}

function fittingCount(messages: readonly QueueMessage[]): number {
  let bytes = 0;
  const tooMuch = messages.findIndex((message, index) => {
    bytes += recordBytes(message);
    return index > 0 && bytes > MAX_PAYLOAD_BYTES;
  });
  return tooMuch === -1 ? messages.length : tooMuch;
}

function payloadBytes(messages: readonly QueueMessage[]): number {
  return messages.reduce((sum, message) => sum + recordBytes(message), 0);
}

function recordBytes({ body, messageAttributes }: QueueMessage): number {
  return RECORD_OVERHEAD_BYTES + Buffer.byteLength(JSON.stringify([body, messageAttributes]));
}
