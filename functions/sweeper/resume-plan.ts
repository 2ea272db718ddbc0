import type { MessageQueue } from '../../shared/aws/message-queue.ts';
import { readPartHeader } from '../../shared/aws/stored-plan.ts';
import { JobSchema } from '../../shared/core/job.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Continuation } from '../../shared/core/upload-event.ts';
import type { QueueState } from './queue-state.ts';
import type { Sweeper } from './sweeper.ts';

/** Longer than any invocation of the splitter, which stores a part every few seconds. */
const noProgressMs = 600_000;

/**
 * Has the splitter go on with a plan that nobody is working on: no new part for ten minutes, and no message in the uploads queue
 * that could be its continuation, or none that could have lived so long.
 *
 * @param newest the newest stored part; undefined when there is none
 */
export async function resumePlan(
  { store, uploadsQueue, logger, now }: Sweeper,
  job: string,
  newest: number | undefined,
  uploads: QueueState,
): Promise<void> {
  const progress =
    newest === undefined
      ? await store.readDocument(stateKey.job(job), JobSchema)
      : await readPartHeader(store, job, newest);
  if (progress === undefined) {
    logger.error('an open job without job.json cannot be planned', { job });
    return;
  }
  const idleMs = now().getTime() - progress.modifiedMs;
  if (idleMs < noProgressMs || (!uploads.empty && idleMs < uploads.retentionMs)) return;
  logger.warn('plan resumed', { job, part: newest ?? 0, idleMs });
  await askForContinuation(uploadsQueue, job, newest ?? 0);
}

/** @param part at or before which the newest stored part is */
export async function askForContinuation(uploadsQueue: MessageQueue, job: string, part: number): Promise<void> {
  const continuation: Continuation = { v: 1, kind: 'continue', job, part, hop: 0 };
  await uploadsQueue.send([{ body: JSON.stringify(continuation), groupId: job }]);
}
