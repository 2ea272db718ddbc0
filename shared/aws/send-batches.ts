import { FanlightError } from '../core/errors.ts';
import { mapConcurrently } from '../core/map-concurrently.ts';

/** What one request of a service takes. */
export interface BatchLimits<Item> {
  readonly maxEntries: number;
  /** Of all entries of a request together. */
  readonly maxBytes: number;
  readonly bytesOf: (item: Item) => number;
}

const maxSendRounds = 5;
/** Of up to 1 MiB each, which takes several times that on its way. */
const maxBatchesInFlight = 4;

/** Cuts items, in order, into batches that each fit into one request. */
export function cutBatches<Item>(items: readonly Item[], limits: BatchLimits<Item>): Item[][] {
  const batches: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    const itemBytes = limits.bytesOf(item);
    const current = batches.at(-1);
    if (current === undefined || current.length === limits.maxEntries || bytes + itemBytes > limits.maxBytes) {
      batches.push([item]);
      bytes = itemBytes;
    } else {
      current.push(item);
      bytes += itemBytes;
    }
  }
  return batches;
}

/**
 * Sends items in batches, in no order, and what a batch did not confirm again.
 *
 * @param sendBatch tells by an item's index in the batch whether the service has confirmed it: one not mentioned is none (field note 10)
 * @throws FanlightError INTERNAL (transient) when some items stay unconfirmed after five rounds
 */
export async function sendBatches<Item>(
  items: readonly Item[],
  limits: BatchLimits<Item>,
  sendBatch: (batch: readonly Item[]) => Promise<(index: number) => boolean>,
): Promise<void> {
  await mapConcurrently(cutBatches(items, limits), maxBatchesInFlight, async (batch) => {
    let pending = batch;
    for (let round = 0; round < maxSendRounds; round++) {
      const isConfirmed = await sendBatch(pending);
      pending = pending.filter((_, index) => !isConfirmed(index));
      if (pending.length === 0) return;
    }
    throw new FanlightError('INTERNAL', `${pending.length} of ${batch.length} messages were not accepted`);
  });
}
