import { FanlightError } from '../core/errors.ts';
import { noticeOf, ReceiptSchema, serializeReceipt, type Receipt } from '../core/receipt.ts';
import type { MessageQueue } from './message-queue.ts';
import type { StateStore } from './state-store.ts';

/** @throws FanlightError INTERNAL when a receipt that was listed is gone */
export async function readReceipt(store: StateStore, key: string): Promise<Receipt> {
  const stored = await store.readDocument(key, ReceiptSchema);
  if (stored === undefined) throw new FanlightError('INTERNAL', `the receipt ${key} was deleted`);
  return stored.document;
}

/**
 * Writes a receipt and then, for a job, sends its notice: the order that loses nothing (design 2). Doing it again is
 * harmless, because equal receipts have one key and notices are joined.
 */
export async function recordReceipt(
  store: StateStore,
  receiptsQueue: MessageQueue,
  receipt: Receipt,
  partImages: number,
): Promise<void> {
  const { key, name, body } = serializeReceipt(receipt);
  await store.create(key, body);
  if (receipt.job === undefined) return;
  const notice = noticeOf({ ...receipt, job: receipt.job }, name, partImages);
  await receiptsQueue.send([{ body: JSON.stringify(notice), groupId: receipt.job }]);
}
