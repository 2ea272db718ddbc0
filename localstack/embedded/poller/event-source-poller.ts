import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { StackClosedError, TooManyRequestsError } from '../lambda/invocation.ts';
import type { InvokeResult } from '../lambda/invocation.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import type { QueueMessage } from '../sqs/message.ts';
import type { Queues } from '../sqs/queues.ts';
import type { EventSourceMappingModel } from '../template/stack-model.ts';
import { BatchCollector } from './batch-collector.ts';
import { failedMessageIds } from './batch-response.ts';
import { stopLoops } from './recursive-loops.ts';
import { sqsEvent } from './sqs-event.ts';

export interface PollerOptions {
  readonly mapping: EventSourceMappingModel;
  readonly target: LambdaFunction;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly region: string;
  /** The queue itself failed (a full disk, for example); the poller has stopped. */
  readonly onFailure: (error: unknown) => void;
}

/** One event source mapping: takes batches from a queue to a function, and deletes what has succeeded. */
export class EventSourcePoller {
  readonly #options: PollerOptions;
  readonly #collector: BatchCollector;
  readonly #maxConcurrency: number;
  readonly #closing = new AbortController();
  readonly #batches = new Set<Promise<void>>();
  readonly #done: Promise<void>;

  constructor(options: PollerOptions) {
    const { clock, mapping, queues, target } = options;
    this.#options = options;
    this.#collector = new BatchCollector(mapping, queues, clock);
    // A message that is received although nobody can work on it would only lose time of its visibility timeout.
    this.#maxConcurrency = Math.max(1, Math.min(mapping.maximumConcurrency ?? Infinity, target.concurrency));
    this.#done = this.#poll();
  }

  /** Whether no batch is being worked on. */
  get isIdle(): boolean {
    return this.#batches.size === 0;
  }

  /** When it has something to do if nothing new is sent: a message becomes visible, or a window ends. */
  nextDueMs(): number | undefined {
    const { mapping, queues } = this.#options;
    const dueMs = [queues.nextDueMs(mapping.queueArn), this.#collector.windowEndMs].filter((ms) => ms !== undefined);
    return dueMs.length === 0 ? undefined : Math.min(...dueMs);
  }

  /** Stops receiving at once; resolves when no batch is running (which the closing of its function brings about). */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #poll(): Promise<void> {
    const { mapping, queues, target } = this.#options;
    const { signal } = this.#closing;
    const guard = { target, queues, queueArn: mapping.queueArn };
    try {
      while (!signal.aborted) {
        const batch = stopLoops(await this.#collector.next(signal), guard);
        if (batch.length > 0) await this.#startBatch(batch);
      }
      this.#giveBack(this.#collector.takeSurplus());
    } catch (error) {
      this.#options.onFailure(error);
    }
    await Promise.all(this.#batches);
  }

  /** Resolves when there is room for another one. */
  async #startBatch(batch: readonly QueueMessage[]): Promise<void> {
    const running = this.#process(batch).catch(this.#options.onFailure);
    this.#batches.add(running);
    void running.then(() => this.#batches.delete(running));
    while (this.#batches.size >= this.#maxConcurrency) await Promise.race(this.#batches);
  }

  /** Failed messages come back when their visibility timeout ends. */
  async #process(batch: readonly QueueMessage[]): Promise<void> {
    const { mapping, queues } = this.#options;
    const result = await this.#invoke(batch);
    if (result === undefined) return;
    const ids = batch.map((message) => message.messageId);
    const failed = failedMessageIds(result, ids, mapping.reportBatchItemFailures);
    const succeeded = batch.filter((message) => !failed.has(message.messageId));
    if (succeeded.length === 0) return;
    queues.delete(
      mapping.queueArn,
      succeeded.map((message) => message.receiptHandle),
    );
  }

  /** Undefined when there is no result: throttled, or cut off by the closing of the stack. */
  async #invoke(batch: readonly QueueMessage[]): Promise<InvokeResult | undefined> {
    const { mapping, queues, region, target } = this.#options;
    const maxReceiveCount = queues.maxReceiveCount(mapping.queueArn);
    const attributes = batch.map((message) => message.attributes);
    try {
      return await target.invoke(JSON.stringify(sqsEvent(batch, { queueArn: mapping.queueArn, region })), {
        traceHeaders: attributes.flatMap(({ AWSTraceHeader: header }) => (header === undefined ? [] : [header])),
        isLastDelivery: attributes.some((each) => Number(each.ApproximateReceiveCount) >= maxReceiveCount),
      });
    } catch (error) {
      if (error instanceof TooManyRequestsError) return undefined;
      if (!(error instanceof StackClosedError)) throw error;
      this.#giveBack(batch);
      return undefined;
    }
  }

  /** So that a stack opened again on the same data goes on at once, instead of after the visibility timeout. */
  #giveBack(messages: readonly QueueMessage[]): void {
    const { mapping, queues } = this.#options;
    for (const { receiptHandle } of messages) {
      try {
        queues.changeVisibility(mapping.queueArn, receiptHandle, 0);
      } catch (error) {
        // Its visibility timeout is over: somebody else has it, or nobody needs to give it back.
        if (!(error instanceof AwsError)) throw error;
      }
    }
  }
}
