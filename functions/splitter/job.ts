import { FanlightError } from '../../shared/core/errors.ts';
import type { Route } from '../../shared/core/deployment.ts';
import {
  jobIdOf,
  JobSchema,
  type ActiveMarker,
  type Job,
  type JobUpload,
  type Seal,
  type UploadPointer,
} from '../../shared/core/job.ts';
import { failureOf, type Failure } from '../../shared/core/outcome.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Continuation, UploadEvent } from '../../shared/core/upload-event.ts';
import { acceptArchive, acceptManifest, jobUploadOf } from './accept-manifest.ts';
import { askForCheck } from './ask-for-check.ts';
import { planJob } from './plan-job.ts';
import type { RemainingMs, Splitter } from './splitter.ts';

/** Plans the job of a manifest or an archive; what cannot become a job ends as a failed one, for its owner to find. */
export async function startJob(
  splitter: Splitter,
  upload: UploadEvent,
  { kind, route }: { readonly kind: 'manifest' | 'archive'; readonly route: Route },
  remainingMs: RemainingMs,
): Promise<void> {
  const accept = kind === 'manifest' ? acceptManifest : acceptArchive;
  let accepted: Job;
  try {
    accepted = await accept(splitter, upload, route);
  } catch (error) {
    if (!(error instanceof FanlightError) || error.kind !== 'permanent') throw error;
    return refuseJob(splitter, upload, failureOf(error));
  }
  if (await hasEnded(splitter, accepted.job)) return;
  const job = await splitter.store.createOrAdoptDocument(stateKey.job(accepted.job), JobSchema, accepted);
  await announce(splitter, job);
  await planJob(splitter, job, { part: 0, hop: 0 }, remainingMs);
}

/** Ends an upload that would have become a job: a seal with the error, of which the collector makes a failed report. */
export async function refuseJob(splitter: Splitter, event: UploadEvent, error: Failure): Promise<void> {
  const upload = jobUploadOf(event);
  const job = jobIdOf(upload, '');
  if (await hasEnded(splitter, job)) return;
  splitter.logger.warn('upload refused', { job, code: error.code });
  const seal: Seal = { v: 1, job, upload, parts: 0, shards: 0, images: 0, bytes: 0, error };
  await splitter.store.create(stateKey.seal(job), JSON.stringify(seal));
  await announce(splitter, { job, upload });
  await askForCheck(splitter, job);
}

/** Goes on where another invocation of the splitter stopped. */
export async function continueJob(
  splitter: Splitter,
  { job, part, hop }: Continuation,
  remainingMs: RemainingMs,
): Promise<void> {
  if (await hasEnded(splitter, job)) return;
  const stored = await splitter.store.readDocument(stateKey.job(job), JobSchema);
  if (stored === undefined) {
    splitter.logger.error('continuation of a job that is not stored', { job });
    return;
  }
  // Whoever announced it may have died before this, and its upload's message may be lost: only the sweeper knew the job then.
  await leadOwner(splitter, job, stored.document.upload);
  await planJob(splitter, stored.document, { part, hop }, remainingMs);
}

/** A late message of a job that has its report does nothing. */
async function hasEnded({ store, logger }: Splitter, job: string): Promise<boolean> {
  const ended = await store.exists(stateKey.reportJson(job));
  if (ended) logger.info('late message: the job has ended', { job });
  return ended;
}

/** The sweeper finds the job by its marker, its owner by the pointer. What the job is made of is stored before: both lead to something. */
async function announce(
  splitter: Splitter,
  { job, upload, deadlineAt }: Pick<Job, 'job' | 'upload' | 'deadlineAt'>,
): Promise<void> {
  const marker: ActiveMarker = { v: 1, job, emptySince: null, ...(deadlineAt === undefined ? {} : { deadlineAt }) };
  await splitter.store.create(stateKey.active(job), JSON.stringify(marker));
  await leadOwner(splitter, job, upload);
}

async function leadOwner({ store }: Splitter, job: string, { bucket, key, etag }: JobUpload): Promise<void> {
  const pointer: UploadPointer = { v: 1, job };
  await store.write(stateKey.uploadPointer(bucket, key, etag), JSON.stringify(pointer));
}
