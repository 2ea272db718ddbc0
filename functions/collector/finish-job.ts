import { readCancellation } from '../../shared/aws/stored-cancellation.ts';
import type { Cancellation } from '../../shared/core/cancellation.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { jobCompleted } from '../../shared/core/events.ts';
import {
  JobSchema,
  JobStatusSchema,
  PartDoneSchema,
  SealSchema,
  type PartDone,
  type Seal,
} from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import { composeReport, ReportSchema, type Report } from '../../shared/core/report.ts';
import { PartSet } from '../../shared/core/part-set.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Collector, RemainingMs } from './collector.ts';
import { foldCancelled } from './fold-cancelled.ts';
import { setTerminalState } from './job-status.ts';
import { reportHtml } from './report/report-html.ts';

/** Parts read at a time; each lists up to 100 failures, of which the report keeps 100 in all. */
const partsAtATime = 128;
const maxReads = 32;

/** True when the job has its end already; then its marker tells whether it is still to be announced. */
export async function announceIfEnded(collector: Collector, job: string): Promise<boolean> {
  const { store, logger } = collector;
  const status = await store.readDocument(stateKey.jobStatus(job), JobStatusSchema);
  if (status === undefined || status.document.state === 'running') return false;
  logger.info('late message: the job has ended', { job });
  if (!(await store.exists(stateKey.active(job)))) return true;
  const report = await store.readDocument(stateKey.reportJson(job), ReportSchema);
  if (report === undefined) throw new FanlightError('INTERNAL', `the report of job ${job} was deleted`);
  await announce(collector, report.document);
  return true;
}

/** Late shards are not worked on any more. The marker outlives the event, so that whoever dies in between, somebody sends it: at least once. */
async function announce({ store, events, now }: Collector, report: Report): Promise<void> {
  const { job } = report;
  const closed: Cancellation = { v: 1, job, reason: 'ended', at: now().toISOString(), message: 'the job has ended' };
  await store.create(stateKey.cancel(job), JSON.stringify(closed));
  await events.send([jobCompleted(report, store.bucket)]);
  await store.remove(stateKey.active(report.job));
}

/**
 * Ends a sealed job of which every part is folded: report.json (created once), report.html, the terminal status, the event, and
 * last the removal of the active marker, until which the sweeper has the job finished again. Does nothing while something is missing.
 * The open parts of a cancelled job are folded first.
 */
export async function finishJob(collector: Collector, job: string, remainingMs: RemainingMs): Promise<void> {
  const { store, logger } = collector;
  if (await announceIfEnded(collector, job)) return;
  const cancellation = await readCancellation(store, job);
  const seal = (await store.readDocument(stateKey.seal(job), SealSchema))?.document;
  if (cancellation !== undefined) await foldCancelled(collector, cancellation, seal, remainingMs);
  if (seal === undefined) return;
  const report =
    (await store.readDocument(stateKey.reportJson(job), ReportSchema))?.document ??
    (await createReport(collector, seal, cancellation));
  if (report === undefined) return;
  await store.write(stateKey.reportHtml(job), reportHtml(report), 'text/html; charset=utf-8');
  await setTerminalState(collector, job, report.state);
  await announce(collector, report);
  logger.info('job ended', { job, state: report.state, ...report.images });
}

/** Undefined while some part is not folded. */
async function createReport(
  { store, now, costBasis }: Collector,
  seal: Seal,
  cancellation: Cancellation | undefined,
): Promise<Report | undefined> {
  const { job } = seal;
  if (seal.parts > 0) {
    const status = await store.readDocument(stateKey.jobStatus(job), JobStatusSchema);
    if (new PartSet(status?.document.foldedParts).size < seal.parts) return undefined;
  }
  const stored = await store.readDocument(stateKey.job(job), JobSchema);
  const report = composeReport(stored?.document, seal, await readDoneParts({ store }, seal), {
    now: now(),
    costBasis,
    cancellation,
  });
  return store.createOrAdoptDocument(stateKey.reportJson(job), ReportSchema, report);
}

/** All done.json of a job in order, with as many failures as a report lists. */
async function readDoneParts({ store }: Pick<Collector, 'store'>, { job, parts }: Seal): Promise<PartDone[]> {
  const all: PartDone[] = [];
  let room: number = limits.maxFailuresInReport;
  for (let first = 0; first < parts; first += partsAtATime) {
    const numbers = Array.from({ length: Math.min(partsAtATime, parts - first) }, (_, index) => first + index);
    const read = await mapConcurrently(numbers, maxReads, async (part) => {
      const stored = await store.readDocument(stateKey.done(job, part), PartDoneSchema);
      if (stored === undefined)
        throw new FanlightError('INTERNAL', `done.json of part ${part} of job ${job} was deleted`);
      return stored.document;
    });
    for (const done of read) {
      const failures = done.failures.slice(0, room);
      room -= failures.length;
      all.push({ ...done, failures });
    }
  }
  return all;
}
