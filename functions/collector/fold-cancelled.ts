import { newestPart, readPart } from '../../shared/aws/stored-plan.ts';
import type { Cancellation } from '../../shared/core/cancellation.ts';
import { JobStatusSchema, type Seal } from '../../shared/core/job.ts';
import { PartSet } from '../../shared/core/part-set.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Collector, RemainingMs } from './collector.ts';
import { foldPart } from './fold-part.ts';
import { addFoldedPart } from './job-status.ts';

/** A part takes seconds at most. */
const maxMarginMs = 20_000;

/**
 * Folds every planned part of a cancelled job that is not folded, whatever receipts there are. When time is short it stops
 * between two parts: the next check, at the latest the sweeper's, goes on there.
 */
export async function foldCancelled(
  collector: Collector,
  cancellation: Cancellation,
  seal: Seal | undefined,
  remainingMs: RemainingMs,
): Promise<void> {
  const { store, logger } = collector;
  const { job } = cancellation;
  const marginMs = Math.min(maxMarginMs, remainingMs() / 3);
  const parts = seal?.parts ?? ((await newestPart(store, job, 0)) ?? -1) + 1;
  const status = await store.readDocument(stateKey.jobStatus(job), JobStatusSchema);
  const folded = new PartSet(status?.document.foldedParts);
  // One at a time: a plan and the results of a part are in memory.
  for (let part = 0; part < parts; part++) {
    if (folded.has(part)) continue;
    if (remainingMs() < marginMs) {
      logger.info('cancelling goes on with the next check', { job, part, parts });
      return;
    }
    const plan = await readPart(store, job, part);
    // A plan that ends with an error has an empty last part, which the seal does not count.
    if (plan === undefined || plan.header.images === 0) continue;
    const { images } = plan.header;
    const done = await foldPart(collector, { job, part, images }, { shards: plan.shards, cancellation });
    await addFoldedPart(collector, done);
  }
}
