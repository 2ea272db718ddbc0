import { FanlightError } from '../../shared/core/errors.ts';
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
import { stateKey } from '../../shared/core/state-key.ts';
import type { Collector } from './collector.ts';
import { setTerminalState } from './job-status.ts';
import { reportHtml } from './report/report-html.ts';

/** Parts read at a time; each lists up to 100 failures, of which the report keeps 100 in all. */
const partsAtATime = 128;
const maxReads = 32;

/** True when the job has its end already; then all that may be left to do is to remove its marker. */
export async function removeIfEnded({ store, logger }: Collector, job: string): Promise<boolean> {
  const status = await store.readDocument(stateKey.jobStatus(job), JobStatusSchema);
  if (status === undefined || status.document.state === 'running') return false;
  logger.info('late message: the job has ended', { job });
  await store.remove(stateKey.active(job));
  return true;
}

/**
 * Ends a sealed job of which every part is folded: report.json (created once), report.html, the terminal status, and last the
 * removal of the active marker, until which the sweeper has the job finished again. Does nothing while something is missing.
 */
export async function finishJob(collector: Collector, job: string): Promise<void> {
  const { store, logger } = collector;
  if (await removeIfEnded(collector, job)) return;
  const seal = await store.readDocument(stateKey.seal(job), SealSchema);
  if (seal === undefined) return;
  const report =
    (await store.readDocument(stateKey.reportJson(job), ReportSchema))?.document ??
    (await createReport(collector, seal.document));
  if (report === undefined) return;
  await store.write(stateKey.reportHtml(job), reportHtml(report), 'text/html; charset=utf-8');
  await setTerminalState(collector, job, report.state);
  await store.remove(stateKey.active(job));
  logger.info('job ended', { job, state: report.state, ...report.images });
}

/** Undefined while some part is not folded. */
async function createReport({ store, now }: Collector, seal: Seal): Promise<Report | undefined> {
  const { job } = seal;
  if (seal.parts > 0) {
    const status = await store.readDocument(stateKey.jobStatus(job), JobStatusSchema);
    if ((status?.document.foldedParts.length ?? 0) < seal.parts) return undefined;
  }
  const stored = await store.readDocument(stateKey.job(job), JobSchema);
  const report = composeReport(stored?.document, seal, await readDoneParts({ store }, seal), now());
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
