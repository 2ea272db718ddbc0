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

/** Makes a receipt durable. Its key holds its content's hash, so that finding it written already is success too. */
export async function writeReceipt(store: StateStore, receipt: Receipt): Promise<void> {
  const { key, body } = serializeReceipt(receipt);
  await store.create(key, body);
}

/** Tells the collector of a durable receipt; of single uploads nobody needs to know. */
export async function sendNotice(receiptsQueue: MessageQueue, receipt: Receipt, partImages: number): Promise<void> {
  const { job } = receipt;
  if (job === undefined) return;
  const notice = noticeOf({ ...receipt, job }, serializeReceipt(receipt).name, partImages);
  await receiptsQueue.send([{ body: JSON.stringify(notice), groupId: job }]);
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
  await writeReceipt(store, receipt);
  await sendNotice(receiptsQueue, receipt, partImages);
}
