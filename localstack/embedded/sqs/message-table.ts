import { z } from 'zod';
import type { Store } from '../store.ts';
import { MessageAttributeSchema } from './message.ts';

const MessageRowSchema = z.object({
  id: z.number(),
  message_id: z.string(),
  sent_ms: z.number(),
  visible_ms: z.number(),
  receive_count: z.number(),
  first_received_ms: z.number().nullable(),
  body: z.string(),
  detail: z.string(),
});
export type MessageRow = z.infer<typeof MessageRowSchema>;

/** Whatever else belongs to a message. */
export const MessageDetailSchema = z.object({
  senderId: z.string(),
  messageAttributes: z.record(z.string(), MessageAttributeSchema),
  messageGroupId: z.string().optional(),
  traceHeader: z.string().optional(),
  deadLetterQueueSourceArn: z.string().optional(),
});
export type MessageDetail = z.infer<typeof MessageDetailSchema>;

const CountRowSchema = z.object({ visible: z.number(), inFlight: z.number(), delayed: z.number() });

/**
 * Messages of all queues. `visible_ms` orders a queue: what is due comes first, what is delayed or in flight lies ahead of
 * now; so a receive reads only what it takes, however long the queue.
 */
export class MessageTable {
  readonly #statements;

  constructor(store: Store) {
    store.define(`
      CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL, message_id TEXT NOT NULL, sent_ms INTEGER NOT NULL,
        visible_ms INTEGER NOT NULL, receive_count INTEGER NOT NULL DEFAULT 0, first_received_ms INTEGER,
        body TEXT NOT NULL, detail TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS messages_due ON messages (queue, visible_ms, id, receive_count);
      CREATE INDEX IF NOT EXISTS messages_sent ON messages (queue, sent_ms);`);
    const columns = 'id, message_id, sent_ms, visible_ms, receive_count, first_received_ms, body, detail';
    this.#statements = {
      insert: store.prepare(
        'INSERT INTO messages (queue, message_id, sent_ms, visible_ms, body, detail) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      due: store.prepare(
        `SELECT ${columns} FROM messages WHERE queue = ? AND visible_ms <= ? ORDER BY visible_ms, id LIMIT ?`,
      ),
      get: store.prepare(`SELECT ${columns} FROM messages WHERE queue = ? AND id = ?`),
      deliver: store.prepare(
        `UPDATE messages SET visible_ms = ?, receive_count = receive_count + 1,
         first_received_ms = coalesce(first_received_ms, ?) WHERE id = ?`,
      ),
      show: store.prepare('UPDATE messages SET visible_ms = ? WHERE id = ?'),
      move: store.prepare(
        `UPDATE messages SET queue = ?, visible_ms = ?, receive_count = 0, first_received_ms = NULL, detail = ?
         WHERE id = ?`,
      ),
      delete: store.prepare('DELETE FROM messages WHERE queue = ? AND id = ? AND receive_count = ?'),
      expire: store.prepare('DELETE FROM messages WHERE queue = ? AND sent_ms <= ?'),
      clear: store.prepare('DELETE FROM messages WHERE queue = ?'),
      nextDue: store.prepare('SELECT min(visible_ms) AS due FROM messages WHERE queue = ?'),
      counts: store.prepare(`SELECT count(*) FILTER (WHERE visible_ms <= :now) AS visible,
        count(*) FILTER (WHERE visible_ms > :now AND receive_count > 0) AS inFlight,
        count(*) FILTER (WHERE visible_ms > :now AND receive_count = 0) AS delayed
        FROM messages WHERE queue = :queue`),
    };
  }

  insert(
    queueId: number,
    message: { messageId: string; sentMs: number; visibleMs: number; body: string; detail: MessageDetail },
  ): void {
    const { messageId, sentMs, visibleMs, body, detail } = message;
    this.#statements.insert.run(queueId, messageId, sentMs, visibleMs, body, JSON.stringify(detail));
  }

  /** What may be delivered now, the longest due first. */
  due(queueId: number, nowMs: number, max: number): MessageRow[] {
    return this.#statements.due.all(queueId, nowMs, max).map((row) => MessageRowSchema.parse(row));
  }

  find(queueId: number, id: number): MessageRow | undefined {
    const row = this.#statements.get.get(queueId, id);
    return row === undefined ? undefined : MessageRowSchema.parse(row);
  }

  deliver(id: number, nowMs: number, visibleMs: number): void {
    this.#statements.deliver.run(visibleMs, nowMs, id);
  }

  setVisible(id: number, visibleMs: number): void {
    this.#statements.show.run(visibleMs, id);
  }

  /** To another queue, where it counts its receives anew; the time it was sent stays. */
  move(id: number, queueId: number, nowMs: number, detail: MessageDetail): void {
    this.#statements.move.run(queueId, nowMs, JSON.stringify(detail), id);
  }

  /** Deletes a message unless it was delivered again since. */
  delete(queueId: number, id: number, receiveCount: number): void {
    this.#statements.delete.run(queueId, id, receiveCount);
  }

  /** Drops what was sent at or before the given time. */
  expire(queueId: number, sentMs: number): void {
    this.#statements.expire.run(queueId, sentMs);
  }

  clear(queueId: number): void {
    this.#statements.clear.run(queueId);
  }

  /** When the next message is or becomes visible; undefined in an empty queue. */
  nextDueMs(queueId: number): number | undefined {
    const { due } = z.object({ due: z.number().nullable() }).parse(this.#statements.nextDue.get(queueId));
    return due ?? undefined;
  }

  counts(queueId: number, nowMs: number): z.infer<typeof CountRowSchema> {
    return CountRowSchema.parse(this.#statements.counts.get({ queue: queueId, now: nowMs }));
  }
}
