import type { StateStore } from '../../shared/aws/state-store.ts';
import { noticeOf, ReceiptSchema, receiptNameOfKey } from '../../shared/core/receipt.ts';
import type { Notice } from '../../shared/core/notice.ts';
import type { Shard } from '../../shared/core/shard.ts';
import { stateKey } from '../../shared/core/state-key.ts';

/** What earlier deliveries of a message made durable before they ended. */
export interface EarlierReceipts {
  /** Ordinals of the message with an outcome. */
  readonly ordinals: ReadonlySet<number>;
  /** May never have been sent; the collector takes them any number of times. */
  readonly notices: readonly Notice[];
}

/**
 * Reads the receipts of the message's shard. Outcomes of single uploads cannot be found by their shard; those images
 * are recognised by their renditions instead.
 *
 * @param job of the shard
 */
export async function readEarlierReceipts(results: StateStore, shard: Shard, job: string): Promise<EarlierReceipts> {
  const wanted = new Set(shard.sources.map((source) => source.ordinal));
  const ordinals = new Set<number>();
  const notices: Notice[] = [];
  for await (const { key } of results.list(stateKey.shardReceipts(job, shard.part, shard.shard))) {
    const name = receiptNameOfKey(key);
    const stored = name === undefined ? undefined : await results.read(key);
    if (name === undefined || stored === undefined) continue;
    const receipt = ReceiptSchema.parse(JSON.parse(stored.text));
    const covered = receipt.outcomes.map(({ ordinal }) => ordinal).filter((ordinal) => wanted.has(ordinal));
    if (covered.length === 0) continue;
    for (const ordinal of covered) ordinals.add(ordinal);
    notices.push(noticeOf({ ...receipt, job }, name, shard.partImages));
  }
  return { ordinals, notices };
}
