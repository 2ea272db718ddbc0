import { readPart, readPartHeader } from '../../shared/aws/stored-plan.ts';
import { recordReceipt } from '../../shared/aws/stored-receipts.ts';
import { failedReceipt } from '../../shared/core/failed-receipt.ts';
import { limits } from '../../shared/core/limits.ts';
import type { Failure } from '../../shared/core/outcome.ts';
import type { OutcomeSet } from '../../shared/core/outcome-set.ts';
import type { Shard } from '../../shared/core/shard.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Sweeper } from './sweeper.ts';

/** What entitles a sweep to call a shard lost. */
export interface LossJudgement {
  /**
   * On two sweeps in a row no message was there that could still bring an outcome; when the first of them looked. What was sent after
   * that may have come behind the back of this one, which looked at the queues before it looked at the part.
   */
  readonly emptySinceMs: number | undefined;
  /** Has the queues found empty from now on, for what was sent after {@link emptySinceMs}. */
  readonly restart: () => Promise<boolean>;
  /**
   * Called before anything is sent again: makes this sweep the only one that does, and has the queues found empty anew. False
   * when another was first.
   */
  readonly claim: () => Promise<boolean>;
  /** Of the shards queue: a message sent longer ago is gone. */
  readonly retentionMs: number;
}

interface Resends {
  readonly count: number;
  readonly newestMs: number;
}

const lostForGood: Failure = {
  code: 'INTERNAL',
  message: `no outcome after the shard was sent ${limits.maxResends + 1} times`,
};

/**
 * Sends the shards of a part again that have images without an outcome and are lost, with those images alone; each time a
 * marker is created first, so that a shard is sent again three times at most. After that its images are recorded as failed.
 *
 * @param outcomes of all stored receipts; undefined when there are none
 */
export async function resendMissing(
  sweeper: Sweeper,
  { job, part }: { job: string; part: number },
  outcomes: OutcomeSet | undefined,
  { emptySinceMs = -Infinity, restart, claim, retentionMs }: LossJudgement,
): Promise<void> {
  const { store, now } = sweeper;
  const header = await readPartHeader(store, job, part);
  const isGone = (sentMs: number): boolean => sentMs < emptySinceMs || now().getTime() - sentMs > retentionMs;
  if (header === undefined) return;
  if (!isGone(header.modifiedMs)) {
    if (emptySinceMs !== -Infinity) await restart();
    return;
  }

  const resends = await readResends(sweeper, job, part);
  const { shards } = (await readPart(store, job, part)) ?? { shards: [] };
  const lost = shards
    .map((shard) => ({ ...shard, sources: shard.sources.filter(({ ordinal }) => outcomes?.has(ordinal) !== true) }))
    .filter((shard) => shard.sources.length > 0 && isGone(resends.get(shard.shard)?.newestMs ?? 0));
  if (lost.length === 0 || !(await claim())) return;
  for (const shard of lost) await resend(sweeper, job, shard, (resends.get(shard.shard)?.count ?? 0) + 1);
}

/** The markers of earlier resends by shard. */
async function readResends({ store }: Sweeper, job: string, part: number): Promise<Map<string, Resends>> {
  const prefix = stateKey.resents(job, part);
  const resends = new Map<string, Resends>();
  for await (const { key, modifiedMs } of store.list(prefix)) {
    const shard = key.slice(prefix.length, key.lastIndexOf('.'));
    const { count, newestMs } = resends.get(shard) ?? { count: 0, newestMs: 0 };
    resends.set(shard, { count: count + 1, newestMs: Math.max(newestMs, modifiedMs) });
  }
  return resends;
}

/** @param n of this resend, from 1 */
async function resend(
  { store, shardsQueue, receiptsQueue, logger, now }: Sweeper,
  job: string,
  shard: Shard,
  n: number,
): Promise<void> {
  const about = { job, part: shard.part, shard: shard.shard, images: shard.sources.length };
  if (n > limits.maxResends) {
    const receipt = failedReceipt(shard, shard.sources, lostForGood, { by: 'sweeper', at: now().toISOString() });
    await recordReceipt(store, receiptsQueue, receipt, shard.partImages);
    logger.error('lost for good', about);
    return;
  }
  const isFirst = await store.create(stateKey.resent(job, shard.part, shard.shard, n), JSON.stringify({ v: 1 }));
  if (!isFirst) return;
  // Not fresh: what was lost may be only the receipt, and then a look saves the rendering.
  const message: Shard = { ...shard, fresh: false };
  await shardsQueue.send([{ body: JSON.stringify(message), groupId: job }]);
  logger.warn('lost shard sent again', { ...about, n });
}
