import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';
import { MessageDetailSchema } from './message-table.ts';
import type { MessageRow, MessageTable } from './message-table.ts';
import { md5Hex } from './message.ts';
import type { QueueMessage } from './message.ts';
import type { Queue, QueueRegistry } from './queue-registry.ts';
import { receiptHandle } from './receipt-handle.ts';

interface DeliveriesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly registry: QueueRegistry;
  readonly messages: MessageTable;
  /** Called when a message has come to another queue. */
  readonly onMoved: (queue: Queue) => void;
}

/** Hands out messages: what is due, neither expired nor delivered too often. */
export class Deliveries {
  readonly #options: DeliveriesOptions;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Up to `max` messages, which then are in flight. */
  take(queue: Queue, max: number, visibilityTimeoutS: number): QueueMessage[] {
    const { store, clock, messages } = this.#options;
    const nowMs = clock.now();
    if (messages.due(queue.id, nowMs, 1).length === 0) return [];
    return store.transaction(() => {
      const taken: QueueMessage[] = [];
      while (taken.length < max) {
        const rows = messages.due(queue.id, nowMs, max - taken.length);
        if (rows.length === 0) break;
        for (const row of rows) {
          if (this.#expired(queue, row, nowMs) || this.#movedAfterLastReceive(queue, row, nowMs)) continue;
          messages.deliver(row.id, nowMs, nowMs + visibilityTimeoutS * 1000);
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
    this.#options.messages.delete(queue.id, row.id, row.receive_count);
    return true;
  }

  #movedAfterLastReceive(queue: Queue, row: MessageRow, nowMs: number): boolean {
    const { redrive } = queue.settings;
    if (redrive === undefined || row.receive_count < redrive.maxReceiveCount) return false;
    return this.moveToDeadLetterQueue(queue, row, nowMs) !== undefined;
  }

  /** Returns the dead-letter queue; undefined, and nothing is done, when the queue has none. */
  moveToDeadLetterQueue(queue: Queue, row: MessageRow, nowMs: number): Queue | undefined {
    const { registry, messages, onMoved } = this.#options;
    const { redrive } = queue.settings;
    const target = redrive === undefined ? undefined : registry.find(redrive.deadLetterTargetArn);
    if (target === undefined) return undefined;
    const detail = MessageDetailSchema.parse(JSON.parse(row.detail));
    const deadLetterQueueSourceArn = registry.ref(queue).arn;
    messages.move(row.id, target.id, nowMs, { ...detail, deadLetterQueueSourceArn });
    onMoved(target);
    return target;
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
