import { shortHash } from '../../shared/core/hash.ts';
import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import { activePrefix } from '../../shared/core/state-key.ts';
import { readQueueStates } from './queue-state.ts';
import { sweepJob } from './sweep-job.ts';
import type { Sweeper } from './sweeper.ts';

const maxJobsAtATime = 4;
/** Time that one job may still take after it is begun: 200 parts of a few requests each, or a part to be sent again. */
const marginMs = 30_000;

/**
 * Looks once at every open job, and puts in motion again what is provably lost. Lists only the markers of open jobs. What time
 * leaves over is for the next sweep; each sweep goes through the jobs in another order, so that none is always left over.
 */
export async function sweep(sweeper: Sweeper, remainingMs: () => number): Promise<void> {
  const { sqs, queueUrls, store, logger, now } = sweeper;
  const queues = await readQueueStates(sqs, queueUrls);
  const jobs: string[] = [];
  for await (const { key } of store.list(activePrefix)) jobs.push(key.slice(activePrefix.length));
  const time = now().toISOString();
  const order = new Map(jobs.map((job) => [shortHash(time, job), job]));
  const shuffled = [...order].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, job]) => job);

  const enoughMs = Math.min(marginMs, remainingMs() / 3);
  let left = 0;
  await mapConcurrently(shuffled, maxJobsAtATime, async (job) => {
    if (remainingMs() < enoughMs) {
      left += 1;
      return;
    }
    try {
      await sweepJob(sweeper, job, queues, () => remainingMs() < enoughMs);
    } catch (error) {
      logger.error('job not swept', { job, error });
    }
  });
  logger.info('swept', { jobs: jobs.length, left, shardsQueueEmpty: queues.shards.empty });
}
