import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import { Deliveries } from './deliveries.ts';
import { invalidParameter, sqsError, unsupportedOperation } from './errors.ts';
import { LongPoll } from './long-poll.ts';
import { MessageTable } from './message-table.ts';
import { messageBytes, validateMessage } from './message.ts';
import type { OutgoingMessage, QueueMessage } from './message.ts';
import { settingsOf, validateAttributes, withDefaults } from './queue-attributes.ts';
import { QueueRegistry } from './queue-registry.ts';
import type { Queue, QueueRef, QueueRegistryOptions } from './queue-registry.ts';
import { parseReceiptHandle } from './receipt-handle.ts';

export type { QueueRef } from './queue-registry.ts';

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max: number;
  /** undefined: the queue's ReceiveMessageWaitTimeSeconds. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** undefined: the queue's VisibilityTimeout. */
  readonly visibilityTimeoutS?: number | undefined;
}

const MAX_VISIBILITY_TIMEOUT_S = 43_200;

/** The standard queues of the embedded stack. Errors are AwsErrors with SQS's codes. */
export class Queues {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #accountId: string;
  readonly #registry: QueueRegistry;
  readonly #messages: MessageTable;
  readonly #deliveries: Deliveries;
  /** By the id of the queue. */
  readonly #longPolls = new Map<number, LongPoll<QueueMessage>>();

  constructor(options: QueueRegistryOptions) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#accountId = options.accountId;
    this.#registry = new QueueRegistry(options);
    this.#messages = new MessageTable(this.#store);
    this.#deliveries = new Deliveries({
      store: this.#store,
      clock: this.#clock,
      registry: this.#registry,
      messages: this.#messages,
      onMoved: (queue) => this.#wake(queue),
    });
  }

  /** Idempotent for the same attributes; throws QueueNameExists when a given attribute differs from the queue's. */
  create(name: string, attributes: Readonly<Record<string, string>>): QueueRef {
    if (name.endsWith('.fifo')) throw unsupportedOperation('A FIFO queue');
    if (!/^[A-Za-z0-9_-]{1,80}$/u.test(name))
      throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
    validateAttributes(attributes);
    const existing = this.#registry.byName(name);
    if (existing !== undefined) {
      const effective = withDefaults(existing.attributes);
      const different = Object.entries(attributes).find(([key, value]) => (effective[key] ?? '') !== value);
      if (different !== undefined)
        throw sqsError(
          'QueueNameExists',
          `A queue already exists with the same name and a different value for attribute ${different[0]}`,
        );
      return this.#registry.ref(existing);
    }
    this.#requireDeadLetterQueue(attributes);
    return this.#registry.ref(this.#registry.insert(name, attributes));
  }

  /** What SetQueueAttributes does: only the given attributes change, an empty value removes a policy. */
  setAttributes(arn: string, attributes: Readonly<Record<string, string>>): void {
    const queue = this.#registry.require(arn);
    validateAttributes(attributes);
    this.#requireDeadLetterQueue(attributes);
    this.#registry.update(queue, { attributes: { ...queue.attributes, ...attributes } });
    this.#wake(queue);
  }

  setTags(arn: string, tags: Readonly<Record<string, string>>): void {
    this.#registry.update(this.#registry.require(arn), { tags });
  }

  tags(arn: string): Readonly<Record<string, string>> {
    return this.#registry.require(arn).tags;
  }

  /** All attributes as GetQueueAttributes gives them, defaults and counts included. */
  attributes(arn: string): Record<string, string> {
    const queue = this.#registry.require(arn);
    const { visible, inFlight, delayed } = this.counts(arn);
    return {
      ...withDefaults(queue.attributes),
      QueueArn: arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      CreatedTimestamp: String(Math.floor(queue.createdMs / 1000)),
      LastModifiedTimestamp: String(Math.floor(queue.modifiedMs / 1000)),
    };
  }

  byArn(arn: string): QueueRef | undefined {
    const queue = this.#registry.find(arn);
    return queue === undefined ? undefined : this.#registry.ref(queue);
  }

  byName(name: string): QueueRef | undefined {
    const queue = this.#registry.byName(name);
    return queue === undefined ? undefined : this.#registry.ref(queue);
  }

  /** In the order of their names. */
  list(): QueueRef[] {
    return this.#registry
      .all()
      .map((queue) => this.#registry.ref(queue))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  deleteQueue(arn: string): void {
    const queue = this.#registry.require(arn);
    this.#store.transaction(() => {
      this.#messages.clear(queue.id);
      this.#registry.delete(queue);
    });
    this.#longPolls.get(queue.id)?.close();
    this.#longPolls.delete(queue.id);
  }

  /**
   * Returns the message id.
   * @param appearsAfterMs once for each delivery, beside the message's own delay: a standard queue may deliver twice
   */
  send(arn: string, message: OutgoingMessage, appearsAfterMs: readonly number[] = [0]): string {
    const queue = this.#registry.require(arn);
    validateMessage(message);
    const { body, delayS = queue.settings.delayS, messageAttributes = {}, messageGroupId, traceHeader } = message;
    const { senderId = this.#accountId } = message;
    if (messageBytes(message) > queue.settings.maximumMessageBytes)
      throw invalidParameter(
        `One or more parameters are invalid. Reason: Message must be shorter than ${queue.settings.maximumMessageBytes} bytes.`,
      );
    const messageId = randomUUID();
    const sentMs = this.#clock.now();
    const detail = { senderId, messageAttributes, messageGroupId, traceHeader };
    for (const afterMs of appearsAfterMs) {
      const visibleMs = Math.round(sentMs + delayS * 1000 + afterMs);
      this.#messages.insert(queue.id, { messageId, sentMs, visibleMs, body, detail });
    }
    this.#wake(queue);
    return messageId;
  }

  /** Up to `max` messages, which then are in flight; waits for the first one if there is none. */
  async receive(arn: string, options: ReceiveOptions): Promise<QueueMessage[]> {
    const queue = this.#registry.require(arn);
    const { max, signal } = options;
    const visibilityTimeoutS = options.visibilityTimeoutS ?? queue.settings.visibilityTimeoutS;
    const waitMs = options.waitMs ?? queue.settings.receiveWaitS * 1000;
    const messages = this.#deliveries.take(queue, max, visibilityTimeoutS);
    if (messages.length > 0 || waitMs <= 0) return messages;
    return this.#longPoll(queue).wait(max, visibilityTimeoutS, waitMs, signal);
  }

  /** A handle of an earlier delivery, or of a message that is gone, succeeds and does nothing. */
  delete(arn: string, receiptHandles: readonly string[]): void {
    const queue = this.#registry.require(arn);
    const receipts = receiptHandles.map((handle) => parseReceiptHandle(handle));
    this.#store.transaction(() => {
      for (const { queueId, rowId, receiveCount } of receipts) {
        if (queueId === queue.id) this.#messages.delete(queueId, rowId, receiveCount);
      }
    });
  }

  /** Moves a message that was received to the dead-letter queue of its queue, or drops it if there is none. */
  giveUp(arn: string, handle: string): QueueRef | undefined {
    const queue = this.#registry.require(arn);
    const { rowId, receiveCount } = parseReceiptHandle(handle);
    const row = this.#messages.find(queue.id, rowId);
    if (row === undefined || row.receive_count !== receiveCount) return undefined;
    const target = this.#deliveries.moveToDeadLetterQueue(queue, row, this.#clock.now());
    if (target === undefined) this.#messages.delete(queue.id, rowId, receiveCount);
    return target === undefined ? undefined : this.#registry.ref(target);
  }

  /** After how many receives a message goes to the dead-letter queue; Infinity when there is none. */
  maxReceiveCount(arn: string): number {
    return this.#registry.require(arn).settings.redrive?.maxReceiveCount ?? Infinity;
  }

  /** When the next message is or becomes visible; undefined in an empty queue. */
  nextDueMs(arn: string): number | undefined {
    return this.#messages.nextDueMs(this.#registry.require(arn).id);
  }

  /** @param timeoutS 0 to 43,200 seconds from now. Throws MessageNotInflight or InvalidParameterValue. */
  changeVisibility(arn: string, handle: string, timeoutS: number): void {
    const queue = this.#registry.require(arn);
    const { queueId, rowId, receiveCount } = parseReceiptHandle(handle);
    if (!Number.isInteger(timeoutS) || timeoutS < 0 || timeoutS > MAX_VISIBILITY_TIMEOUT_S)
      throw invalidParameter(
        `Value ${timeoutS} for parameter VisibilityTimeout is invalid. Reason: Must be 0 to 43200.`,
      );
    const message = queueId === queue.id ? this.#messages.find(queueId, rowId) : undefined;
    if (message === undefined || message.receive_count !== receiveCount)
      throw invalidParameter('Reason: Message does not exist or is not available for visibility timeout change.');
    if (message.visible_ms <= this.#clock.now()) throw sqsError('MessageNotInflight', 'The message is not in flight.');
    this.#messages.setVisible(rowId, this.#clock.now() + timeoutS * 1000);
    this.#wake(queue);
  }

  counts(arn: string): { visible: number; inFlight: number; delayed: number } {
    const queue = this.#registry.require(arn);
    this.#messages.expire(queue.id, this.#clock.now() - queue.settings.retentionS * 1000);
    return this.#messages.counts(queue.id, this.#clock.now());
  }

  purge(arn: string): void {
    this.#messages.clear(this.#registry.require(arn).id);
  }

  /** Runs several sends, deletes or changes as one transaction. */
  together<T>(work: () => T): T {
    return this.#store.transaction(work);
  }

  /** Ends all long polls, without messages. */
  close(): void {
    for (const longPoll of this.#longPolls.values()) longPoll.close();
  }

  #wake(queue: Queue): void {
    this.#store.afterCommit(() => this.#longPolls.get(queue.id)?.serve());
  }

  #longPoll({ id, name }: Queue): LongPoll<QueueMessage> {
    const existing = this.#longPolls.get(id);
    if (existing !== undefined) return existing;
    const longPoll = new LongPoll(this.#clock, {
      take: (max, visibilityTimeoutS) => {
        const queue = this.#registry.byName(name);
        return queue === undefined ? [] : this.#deliveries.take(queue, max, visibilityTimeoutS);
      },
      nextDueMs: () => this.#messages.nextDueMs(id),
    });
    this.#longPolls.set(id, longPoll);
    return longPoll;
  }

  #requireDeadLetterQueue(attributes: Readonly<Record<string, string>>): void {
    const { redrive } = settingsOf(attributes);
    if (redrive !== undefined && this.#registry.find(redrive.deadLetterTargetArn) === undefined)
      throw invalidParameter(
        `Value ${JSON.stringify(redrive)} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
      );
  }
}
