import { setTimeout as sleep } from 'node:timers/promises';
import { FanlightError } from '../../shared/core/errors.ts';
import { JobStatusSchema, type JobStatus, type PartDone, type Work } from '../../shared/core/job.ts';
import { PartSet } from '../../shared/core/part-set.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Collector } from './collector.ts';

const maxRounds = 20;
const maxBackoffMs = 50;

/**
 * Replaces the status of a job by If-Match until no other collector comes in between.
 *
 * @param change returns its argument when nothing is to be changed
 */
async function updateJobStatus(
  { store }: Collector,
  job: string,
  change: (status: JobStatus) => JobStatus,
): Promise<void> {
  const key = stateKey.jobStatus(job);
  for (let round = 0; round < maxRounds; round++) {
    const stored = await store.readDocument(key, JobStatusSchema);
    const current = stored?.document ?? initialStatus(job);
    const next = change(current);
    if (stored !== undefined && next === current) return;
    const text = JSON.stringify(next);
    if (stored === undefined ? await store.create(key, text) : await store.replace(key, text, stored.etag)) return;
    await sleep(Math.random() * maxBackoffMs);
  }
  throw new FanlightError('INTERNAL', `the status of job ${job} was replaced ${maxRounds} times meanwhile`);
}

function initialStatus(job: string): JobStatus {
  const work: Work = { images: 0, imagesRead: 0, renditions: 0, receipts: 0, computeMs: 0 };
  return { v: 1, job, state: 'running', foldedParts: [], counts: { succeeded: 0, failed: 0, skipped: 0 }, work };
}

/** Counts a folded part, once. */
export function addFoldedPart(collector: Collector, done: PartDone): Promise<void> {
  const { job, part, counts } = done;
  return updateJobStatus(collector, job, (status) => {
    const folded = new PartSet(status.foldedParts);
    if (folded.has(part)) return status;
    return {
      ...status,
      foldedParts: folded.with(part).runs,
      counts: {
        succeeded: status.counts.succeeded + counts.succeeded,
        failed: status.counts.failed + counts.failed,
        skipped: status.counts.skipped + counts.skipped,
      },
      work: addWork(status.work, done),
    };
  });
}

/** Not known any more once a part was folded by a version that did not say it. */
function addWork(
  work: Work | undefined,
  { images, imagesRead, renditions, receipts, computeMs }: PartDone,
): Work | undefined {
  if (work === undefined || imagesRead === undefined || renditions === undefined || receipts === undefined)
    return undefined;
  return {
    images: work.images + images,
    imagesRead: work.imagesRead + imagesRead,
    renditions: work.renditions + renditions,
    receipts: work.receipts + receipts,
    computeMs: work.computeMs + computeMs,
  };
}

/** The end: no message changes the job any more. */
export function setTerminalState(collector: Collector, job: string, state: JobStatus['state']): Promise<void> {
  return updateJobStatus(collector, job, (status) => (status.state === state ? status : { ...status, state }));
}
