import { cancelJob, readCancellation } from '../../shared/aws/stored-cancellation.ts';
import type { StoredDocument } from '../../shared/aws/state-store.ts';
import { newestPart } from '../../shared/aws/stored-plan.ts';
import { ActiveMarkerSchema, JobStatusSchema, SealSchema, type ActiveMarker } from '../../shared/core/job.ts';
import type { CheckNotice } from '../../shared/core/notice.ts';
import { PartSet } from '../../shared/core/part-set.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { QueueStates } from './queue-state.ts';
import { askForContinuation, resumePlan } from './resume-plan.ts';
import type { LossJudgement } from './resend-missing.ts';
import { sweepPart } from './sweep-part.ts';
import type { Sweeper } from './sweeper.ts';

/** Parts looked at in one sweep, from the oldest that is not folded: shards are sent in this order, so what is stuck is in front. */
const maxParts = 200;

/** The counts of a queue are right a minute after its last message moved; two sweeps that find it empty are at least this far apart. */
const minEmptyMs = 60_000;

/** Looks at one open job. */
export async function sweepJob(
  sweeper: Sweeper,
  job: string,
  queues: QueueStates,
  outOfTime: () => boolean,
): Promise<void> {
  const { store } = sweeper;
  if (await store.exists(stateKey.reportJson(job))) return sendCheck(sweeper, { v: 1, kind: 'check', job });

  const stored = await store.readDocument(stateKey.active(job), ActiveMarkerSchema);
  if (stored === undefined) return;
  if (await isCancelled(sweeper, stored.document)) return endCancelled(sweeper, job);
  const loss = await judgeLoss(sweeper, stored, queues);
  if (loss === undefined) return;
  const seal = (await store.readDocument(stateKey.seal(job), SealSchema))?.document;
  const newest = seal === undefined ? await newestPart(store, job, 0) : undefined;
  if (seal === undefined) await resumePlan(sweeper, job, newest, queues.uploads);

  // The newest part of an unfinished plan may not be sent yet: resuming the plan sends it.
  const parts = seal?.parts ?? newest ?? 0;
  const status = await store.readDocument(stateKey.jobStatus(job), JobStatusSchema);
  const folded = new PartSet(status?.document.foldedParts);
  if (seal !== undefined && folded.size >= parts) return sendCheck(sweeper, { v: 1, kind: 'check', job });

  let looked = 0;
  for (let part = 0; part < parts && looked < maxParts && !outOfTime(); part++) {
    if (folded.has(part)) continue;
    looked += 1;
    const isDue = await sweepPart(sweeper, { job, part }, queues, loss);
    if (isDue) await sendCheck(sweeper, { v: 1, kind: 'check', job, part });
  }
}

/** Cancels a job whose deadline is over. */
async function isCancelled({ store, logger, now }: Sweeper, { job, deadlineAt }: ActiveMarker): Promise<boolean> {
  if ((await readCancellation(store, job)) !== undefined) return true;
  const time = now();
  if (deadlineAt === undefined || time.getTime() <= Date.parse(deadlineAt)) return false;
  logger.warn('deadline over', { job, deadlineAt });
  const message = `the job's deadline, ${deadlineAt}, is over`;
  await cancelJob(store, { v: 1, job, reason: 'deadline', at: time.toISOString(), message });
  return true;
}

/** Nothing is sent again of a cancelled job: the splitter seals it, unless it has, and the collector folds what there is. */
async function endCancelled(sweeper: Sweeper, job: string): Promise<void> {
  const isSealed = await sweeper.store.exists(stateKey.seal(job));
  if (!isSealed) await askForContinuation(sweeper.uploadsQueue, job, 0);
  await sendCheck(sweeper, { v: 1, kind: 'check', job });
}

async function sendCheck({ receiptsQueue, logger }: Sweeper, notice: CheckNotice): Promise<void> {
  logger.info('check asked for', { job: notice.job, part: notice.part });
  await receiptsQueue.send([{ body: JSON.stringify(notice), groupId: notice.job }]);
}

/**
 * Keeps in the job's marker since when the queues are empty. Undefined when another sweep came in between, which then does this
 * one's work.
 */
async function judgeLoss(
  { store, now }: Sweeper,
  { document, etag }: StoredDocument<ActiveMarker>,
  { shards, receipts, rescue }: QueueStates,
): Promise<LossJudgement | undefined> {
  const replace = (emptySince: string | null): Promise<boolean> => {
    const marker: ActiveMarker = { ...document, emptySince };
    return store.replace(stateKey.active(document.job), JSON.stringify(marker), etag);
  };
  const { emptySince } = document;
  const { retentionMs } = shards;
  const isEmpty = shards.empty && receipts.empty && rescue.empty;
  const time = now();
  if (isEmpty && emptySince !== null) {
    const sinceMs = Date.parse(emptySince);
    const isLongEnough = time.getTime() - sinceMs >= minEmptyMs;
    return {
      emptySinceMs: isLongEnough ? sinceMs : undefined,
      restart: once(() => replace(time.toISOString())),
      claim: once(() => replace(null)),
      retentionMs,
    };
  }
  if (isEmpty || emptySince !== null) {
    const replaced = await replace(isEmpty ? time.toISOString() : null);
    if (!replaced) return undefined;
    // The marker's ETag is not known any more; the next sweep has it.
    return { emptySinceMs: undefined, restart: refuse, claim: refuse, retentionMs };
  }
  return { emptySinceMs: undefined, restart: refuse, claim: once(() => replace(null)), retentionMs };
}

const refuse = (): Promise<boolean> => Promise.resolve(false);

/** A sweep claims a job once, for all of its parts. */
function once(claim: () => Promise<boolean>): () => Promise<boolean> {
  let claimed: Promise<boolean> | undefined;
  return () => (claimed ??= claim());
}
