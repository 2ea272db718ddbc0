import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import { invalidParameter, queueDoesNotExist, sqsError, unsupportedOperation } from './errors.ts';
import { LongPoll } from './long-poll.ts';
import { MessageDetailSchema, MessageTable } from './message-table.ts';
import type { MessageRow } from './message-table.ts';
import { md5Hex, messageBytes, validateMessage } from './message.ts';
import type { OutgoingMessage, QueueMessage } from './message.ts';
import { settingsOf, validateAttributes, withDefaults } from './queue-attributes.ts';
import type { QueueSettings } from './queue-attributes.ts';
import { parseReceiptHandle, receiptHandle } from './receipt-handle.ts';

export interface QueueRef {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max: number;
  /** undefined: the queue's ReceiveMessageWaitTimeSeconds. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** undefined: the queue's VisibilityTimeout. */
  readonly visibilityTimeoutS?: number | undefined;
}

export interface QueuesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  /** `http://127.0.0.1:PORT`, the front of every queue URL; known once the server listens. */
  readonly baseUrl: () => string;
}

interface Queue {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** As given; without the defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly settings: QueueSettings;
  readonly longPoll: LongPoll<QueueMessage>;
}

const RowSchema = z.object({
  id: z.number(),
  name: z.string(),
  created_ms: z.number(),
  modified_ms: z.number(),
  attributes: z.string(),
  tags: z.string(),
});
const TextsSchema = z.record(z.string(), z.string());

const MAX_VISIBILITY_TIMEOUT_S = 43_200;

/** The standard queues of the embedded stack. Errors are AwsErrors with SQS's codes. */
export class Queues {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #options: QueuesOptions;
  readonly #messages: MessageTable;
  readonly #queues = new Map<string, Queue>();
  readonly #statements;

  constructor(options: QueuesOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#store.define(`CREATE TABLE IF NOT EXISTS queues (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL,
      modified_ms INTEGER NOT NULL, attributes TEXT NOT NULL, tags TEXT NOT NULL)`);
    this.#messages = new MessageTable(this.#store);
    const columns = 'id, name, created_ms, modified_ms, attributes, tags';
    this.#statements = {
      insert: this.#store.prepare(
        'INSERT INTO queues (name, created_ms, modified_ms, attributes, tags) VALUES (?, ?, ?, ?, ?)',
      ),
      update: this.#store.prepare('UPDATE queues SET modified_ms = ?, attributes = ?, tags = ? WHERE id = ?'),
      get: this.#store.prepare(`SELECT ${columns} FROM queues WHERE name = ?`),
      delete: this.#store.prepare('DELETE FROM queues WHERE id = ?'),
    };
    for (const row of this.#store.prepare(`SELECT ${columns} FROM queues`).all()) this.#remember(row);
  }

  /** Idempotent for the same attributes; throws QueueNameExists when a given attribute differs from the queue's. */
  create(name: string, attributes: Readonly<Record<string, string>>): QueueRef {
    if (name.endsWith('.fifo')) throw unsupportedOperation('A FIFO queue');
    if (!/^[A-Za-z0-9_-]{1,80}$/u.test(name))
      throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
    validateAttributes(attributes);
    const existing = this.#queues.get(name);
    if (existing !== undefined) {
      const effective = withDefaults(existing.attributes);
      const different = Object.entries(attributes).find(([key, value]) => (effective[key] ?? '') !== value);
      if (different !== undefined)
        throw sqsError(
          'QueueNameExists',
          `A queue already exists with the same name and a different value for attribute ${different[0]}`,
        );
      return this.#ref(existing);
    }
    this.#requireDeadLetterQueue(attributes);
    const nowMs = this.#clock.now();
    this.#statements.insert.run(name, nowMs, nowMs, JSON.stringify(attributes), '{}');
    return this.#ref(this.#remember(this.#statements.get.get(name)));
  }

  /** What SetQueueAttributes does: only the given attributes change, an empty value removes a policy. */
  setAttributes(arn: string, attributes: Readonly<Record<string, string>>): void {
    const queue = this.#find(arn);
    validateAttributes(attributes);
    this.#requireDeadLetterQueue(attributes);
    this.#save({ ...queue, attributes: { ...queue.attributes, ...attributes } });
  }

  setTags(arn: string, tags: Readonly<Record<string, string>>): void {
    this.#save({ ...this.#find(arn), tags });
  }

  tags(arn: string): Readonly<Record<string, string>> {
    return this.#find(arn).tags;
  }

  /** All attributes as GetQueueAttributes gives them, defaults and counts included. */
  attributes(arn: string): Record<string, string> {
    const queue = this.#find(arn);
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
    const queue = this.#lookup(arn);
    return queue === undefined ? undefined : this.#ref(queue);
  }

  byName(name: string): QueueRef | undefined {
    const queue = this.#queues.get(name);
    return queue === undefined ? undefined : this.#ref(queue);
  }

  /** In the order of their names. */
  list(): QueueRef[] {
    return [...this.#queues.values()].map((queue) => this.#ref(queue)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  deleteQueue(arn: string): void {
    const queue = this.#find(arn);
    this.#store.transaction(() => {
      this.#messages.clear(queue.id);
      this.#statements.delete.run(queue.id);
    });
    this.#queues.delete(queue.name);
    queue.longPoll.close();
  }

  /** Returns the message id. */
  send(arn: string, message: OutgoingMessage): string {
    const queue = this.#find(arn);
    validateMessage(message);
    const { body, delayS = queue.settings.delayS, messageAttributes = {}, messageGroupId, traceHeader } = message;
    const { senderId = this.#options.accountId } = message;
    if (messageBytes(message) > queue.settings.maximumMessageBytes)
      throw invalidParameter(
        `One or more parameters are invalid. Reason: Message must be shorter than ${queue.settings.maximumMessageBytes} bytes.`,
      );
    const messageId = randomUUID();
    const sentMs = this.#clock.now();
    const detail = { senderId, messageAttributes, messageGroupId, traceHeader };
    this.#messages.insert(queue.id, { messageId, sentMs, visibleMs: sentMs + delayS * 1000, body, detail });
    this.#wake(queue);
    return messageId;
  }

  /** Up to `max` messages, which then are in flight; waits for the first one if there is none. */
  async receive(arn: string, options: ReceiveOptions): Promise<QueueMessage[]> {
    const queue = this.#find(arn);
    const { max, signal } = options;
    const visibilityTimeoutS = options.visibilityTimeoutS ?? queue.settings.visibilityTimeoutS;
    const waitMs = options.waitMs ?? queue.settings.receiveWaitS * 1000;
    const messages = this.#take(queue.name, max, visibilityTimeoutS);
    if (messages.length > 0 || waitMs <= 0) return messages;
    return queue.longPoll.wait(max, visibilityTimeoutS, waitMs, signal);
  }

  /** A handle of an earlier delivery, or of a message that is gone, succeeds and does nothing. */
  delete(arn: string, receiptHandles: readonly string[]): void {
    const queue = this.#find(arn);
    const receipts = receiptHandles.map((handle) => parseReceiptHandle(handle));
    this.#store.transaction(() => {
      for (const { queueId, rowId, receiveCount } of receipts) {
        if (queueId === queue.id) this.#messages.delete(queueId, rowId, receiveCount);
      }
    });
  }

  /** @param timeoutS 0 to 43,200 seconds from now. Throws MessageNotInflight or InvalidParameterValue. */
  changeVisibility(arn: string, handle: string, timeoutS: number): void {
    const queue = this.#find(arn);
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
    const queue = this.#find(arn);
    this.#messages.expire(queue.id, this.#clock.now() - queue.settings.retentionS * 1000);
    return this.#messages.counts(queue.id, this.#clock.now());
  }

  purge(arn: string): void {
    this.#messages.clear(this.#find(arn).id);
  }

  /** Runs several sends, deletes or changes as one transaction. */
  together<T>(work: () => T): T {
    return this.#store.transaction(work);
  }

  /** Ends all long polls, without messages. */
  close(): void {
    for (const queue of this.#queues.values()) queue.longPoll.close();
  }

  #take(name: string, max: number, visibilityTimeoutS: number): QueueMessage[] {
    const queue = this.#queues.get(name);
    const nowMs = this.#clock.now();
    if (queue === undefined || this.#messages.due(queue.id, nowMs, 1).length === 0) return [];
    return this.#store.transaction(() => {
      const taken: QueueMessage[] = [];
      while (taken.length < max) {
        const rows = this.#messages.due(queue.id, nowMs, max - taken.length);
        if (rows.length === 0) break;
        for (const row of rows) {
          if (this.#expired(queue, row, nowMs) || this.#moveToDeadLetterQueue(queue, row, nowMs)) continue;
          this.#messages.deliver(row.id, nowMs, nowMs + visibilityTimeoutS * 1000);
          taken.push(toMessage(queue.id, row, nowMs));
        }
        // With a visibility timeout of 0 what was taken is due again at once.
        if (visibilityTimeoutS === 0) break;
      }
      return taken;
    });
  }

  #expired(queue: Queue, row: MessageRow, nowMs: number): boolean {
    if (row.sent_ms > nowMs - queue.settings.retentionS * 1000) return false;
    this.#messages.delete(queue.id, row.id, row.receive_count);
    return true;
  }

  #moveToDeadLetterQueue(queue: Queue, row: MessageRow, nowMs: number): boolean {
    const { redrive } = queue.settings;
    if (redrive === undefined || row.receive_count < redrive.maxReceiveCount) return false;
    const target = this.#lookup(redrive.deadLetterTargetArn);
    if (target === undefined) return false;
    const detail = MessageDetailSchema.parse(JSON.parse(row.detail));
    const { arn } = this.#ref(queue);
    this.#messages.move(row.id, target.id, nowMs, { ...detail, deadLetterQueueSourceArn: arn });
    this.#wake(target);
    return true;
  }

  #wake(queue: Queue): void {
    this.#store.afterCommit(() => queue.longPoll.serve());
  }

  #save(queue: Queue): void {
    const { id, attributes, tags } = queue;
    const modifiedMs = this.#clock.now();
    this.#statements.update.run(modifiedMs, JSON.stringify(attributes), JSON.stringify(tags), id);
    this.#queues.set(queue.name, { ...queue, modifiedMs, settings: settingsOf(attributes) });
    queue.longPoll.serve();
  }

  #remember(row: unknown): Queue {
    const { id, name, created_ms, modified_ms, attributes, tags } = RowSchema.parse(row);
    const given = TextsSchema.parse(JSON.parse(attributes));
    const queue: Queue = {
      id,
      name,
      createdMs: created_ms,
      modifiedMs: modified_ms,
      attributes: given,
      tags: TextsSchema.parse(JSON.parse(tags)),
      settings: settingsOf(given),
      longPoll: new LongPoll(this.#clock, {
        take: (max, visibilityTimeoutS) => this.#take(name, max, visibilityTimeoutS),
        nextDueMs: () => this.#messages.nextDueMs(id),
      }),
    };
    this.#queues.set(name, queue);
    return queue;
  }

  #requireDeadLetterQueue(attributes: Readonly<Record<string, string>>): void {
    const { redrive } = settingsOf(attributes);
    if (redrive !== undefined && this.#lookup(redrive.deadLetterTargetArn) === undefined)
      throw invalidParameter(
        `Value ${JSON.stringify(redrive)} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
      );
  }

  #find(arn: string): Queue {
    const queue = this.#lookup(arn);
    if (queue === undefined) throw queueDoesNotExist();
    return queue;
  }

  #lookup(arn: string): Queue | undefined {
    const { region, accountId } = this.#options;
    const prefix = `arn:aws:sqs:${region}:${accountId}:`;
    return arn.startsWith(prefix) ? this.#queues.get(arn.slice(prefix.length)) : undefined;
  }

  #ref({ name }: Queue): QueueRef {
    const { region, accountId, baseUrl } = this.#options;
    return { name, url: `${baseUrl()}/${accountId}/${name}`, arn: `arn:aws:sqs:${region}:${accountId}:${name}` };
  }
}

function toMessage(queueId: number, row: MessageRow, nowMs: number): QueueMessage {
  const detail = MessageDetailSchema.parse(JSON.parse(row.detail));
  const receiveCount = row.receive_count + 1;
  const optional = {
    MessageGroupId: detail.messageGroupId,
    AWSTraceHeader: detail.traceHeader,
    DeadLetterQueueSourceArn: detail.deadLetterQueueSourceArn,
  };
  return {
    messageId: row.message_id,
    receiptHandle: receiptHandle({ queueId, rowId: row.id, receiveCount }),
    body: row.body,
    md5OfBody: md5Hex(row.body),
    attributes: {
      SenderId: detail.senderId,
      SentTimestamp: String(row.sent_ms),
      ApproximateReceiveCount: String(receiveCount),
      ApproximateFirstReceiveTimestamp: String(row.first_received_ms ?? nowMs),
      ...Object.fromEntries(
        Object.entries(optional).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
    },
    messageAttributes: detail.messageAttributes,
  };
}
