import { readReceipt } from './stored-receipts.ts';
import type { StateStore } from './state-store.ts';
import { mapConcurrently } from '../core/map-concurrently.ts';
import type { Receipt } from '../core/receipt.ts';
import type { Shard } from '../core/shard.ts';
import { stateKey } from '../core/state-key.ts';

const maxReads = 16;
const dayMs = 86_400_000;
/** SQS keeps no message longer, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const maxDays = 15;

/** Prefixes below which receipts of a shard lie. Those of single images are kept by the day they were finished. */
function receiptPrefixes({ job, route, part, shard }: Shard, sentAt: Date, now: Date): string[] {
  if (job !== undefined) return [stateKey.shardReceipts(job, part, shard)];
  const firstDay = Math.floor(sentAt.getTime() / dayMs);
  const days = Math.min(maxDays, Math.max(1, Math.floor(now.getTime() / dayMs) - firstDay + 1));
  return Array.from({ length: days }, (_, index) => {
    const isoDate = new Date((firstDay + index) * dayMs).toISOString().slice(0, 10);
    return stateKey.dailyShard(route, isoDate, shard);
  });
}

/** All stored receipts of a shard that was sent at some time and is looked at now. */
export async function readShardReceipts(
  store: StateStore,
  shard: Shard,
  { sentAt, now }: { sentAt: Date; now: Date },
): Promise<Receipt[]> {
  const keys: string[] = [];
  for (const prefix of receiptPrefixes(shard, sentAt, now))
    for await (const { key } of store.list(prefix)) keys.push(key);
  return mapConcurrently(keys, maxReads, (key) => readReceipt(store, key));
}
