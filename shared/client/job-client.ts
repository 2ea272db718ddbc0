import { GetObjectCommand, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import type { MessageQueue } from '../aws/message-queue.ts';
import { StateStore } from '../aws/state-store.ts';
import { cancelJob } from '../aws/stored-cancellation.ts';
import { FanlightError } from '../core/errors.ts';
import { JobSchema, terminalStates, UploadPointerSchema } from '../core/job.ts';
import type { ManifestSchema } from '../core/manifest.ts';
import type { CheckNotice } from '../core/notice.ts';
import { ReportSchema } from '../core/report.ts';
import type { Report } from '../core/report.ts';
import { mapConcurrently } from '../core/map-concurrently.ts';
import { jobsPrefix, stateKey } from '../core/state-key.ts';
import { JobProgressReader } from './job-progress.ts';
import type { JobProgress } from './job-progress.ts';

export interface JobClientOptions {
  readonly s3: S3Client;
  readonly uploadsBucket: string;
  readonly resultsBucket: string;
  /** For cancelling at once; without it the sweeper sees to it, within five minutes. */
  readonly receiptsQueue?: MessageQueue | undefined;
}

/** A manifest that was put into the uploads bucket: enough to find its job. */
export interface SubmittedManifest {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after every look at the job. */
  readonly onProgress?: ((progress: JobProgress) => void) | undefined;
}

/** An object whose body is to be read to its end, or destroyed. */
export interface OpenObject {
  readonly body: Readable;
  readonly sizeBytes: number;
}

/** A manifest as one writes it: what has a default may be left out. */
export type ManifestDocument = z.input<typeof ManifestSchema>;

/** What a retry does not take over from the job. */
export type RetryOptions = Pick<ManifestDocument, 'budget' | 'deadline' | 'tolerateFailedPercent' | 'force'>;

const maxJobsAtATime = 8;

/** Small jobs end within a second, long ones need no more than a look or two a second. */
const pollMs = { first: 50, growth: 1.15, last: 500 } as const;

async function* polls(signal: AbortSignal | undefined): AsyncGenerator<void> {
  for (let waitMs: number = pollMs.first; ; waitMs = Math.min(waitMs * pollMs.growth, pollMs.last)) {
    signal?.throwIfAborted();
    yield;
    await delay(waitMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      throw signal?.aborted === true ? signal.reason : error;
    });
  }
}

const isTerminal = (state: string): boolean => terminalStates.some((terminal) => terminal === state);

/** Submits manifests to a deployed or local stack, reads what becomes of them, cancels and retries. Needs nothing but the stack's two buckets. */
export class JobClient {
  readonly #s3: S3Client;
  readonly #uploadsBucket: string;
  readonly #results: StateStore;
  readonly #receiptsQueue: MessageQueue | undefined;

  constructor({ s3, uploadsBucket, resultsBucket, receiptsQueue }: JobClientOptions) {
    this.#s3 = s3;
    this.#receiptsQueue = receiptsQueue;
    this.#uploadsBucket = uploadsBucket;
    this.#results = new StateStore(s3, resultsBucket);
  }

  /** @param key below a route that accepts manifests, ending in `.fanlight.json` */
  async submit(key: string, manifest: ManifestDocument): Promise<SubmittedManifest> {
    const { ETag } = await this.#s3.send(
      new PutObjectCommand({
        Bucket: this.#uploadsBucket,
        Key: key,
        Body: JSON.stringify(manifest),
        ContentType: 'application/json',
      }),
    );
    return { bucket: this.#uploadsBucket, key, etag: (ETag ?? '').replaceAll('"', '') };
  }

  /** The manifest's job; undefined until the splitter has taken it up. */
  async findJob({ bucket, key, etag }: SubmittedManifest): Promise<string | undefined> {
    const pointer = stateKey.uploadPointer(bucket, key, etag);
    return (await this.#results.readDocument(pointer, UploadPointerSchema))?.document.job;
  }

  /** Waits for the splitter to take the manifest up. */
  async waitForJob(submitted: SubmittedManifest, { signal }: Pick<WaitOptions, 'signal'> = {}): Promise<string> {
    for await (const _ of polls(signal)) {
      const job = await this.findJob(submitted);
      if (job !== undefined) return job;
    }
    throw new FanlightError('INTERNAL', 'polling ended without a job');
  }

  /**
   * How far a job is.
   *
   * @throws FanlightError NOT_FOUND when there is no such job
   */
  async progress(job: string): Promise<JobProgress> {
    const isKnown = (await this.#results.exists(stateKey.job(job))) || (await this.#results.exists(stateKey.seal(job)));
    if (!isKnown) throw new FanlightError('NOT_FOUND', `there is no job ${job}`);
    return new JobProgressReader(this.#results, job).read();
  }

  /** All jobs whose state is kept, the newest first. Takes several requests for each: for a local stack, or a small one. */
  async jobs(): Promise<(JobProgress & { readonly job: string })[]> {
    const ids: string[] = [];
    for await (const job of this.#results.folders(jobsPrefix)) ids.push(job);
    const dated = await mapConcurrently(ids, maxJobsAtATime, async (job) => {
      const begun =
        (await this.#results.read(stateKey.job(job), 'bytes=0-0')) ??
        (await this.#results.read(stateKey.seal(job), 'bytes=0-0'));
      const progress = await new JobProgressReader(this.#results, job).read();
      return { begunMs: begun?.modifiedMs ?? 0, progress: { job, ...progress } };
    });
    return dated.toSorted((a, b) => b.begunMs - a.begunMs).map(({ progress }) => progress);
  }

  /** Waits for the end of the job and returns its report. */
  async waitForReport(job: string, { signal, onProgress }: WaitOptions = {}): Promise<Report> {
    const reader = new JobProgressReader(this.#results, job);
    for await (const _ of polls(signal)) {
      const progress = await reader.read();
      onProgress?.(progress);
      const report = isTerminal(progress.state) ? await this.report(job) : undefined;
      if (report !== undefined) return report;
    }
    throw new FanlightError('INTERNAL', 'polling ended without a report');
  }

  /** Undefined until the job has ended. */
  async report(job: string): Promise<Report | undefined> {
    return (await this.#results.readDocument(stateKey.reportJson(job), ReportSchema))?.document;
  }

  /**
   * Has no more images of a job worked on: those without an outcome fail with CANCELLED. What is being rendered is finished.
   *
   * @param message why, for people; at most 500 characters
   * @returns false when the job had ended before
   * @throws FanlightError NOT_FOUND when there is no such job
   */
  async cancel(job: string, message = 'the job was cancelled by request'): Promise<boolean> {
    if (!(await this.#results.exists(stateKey.job(job))))
      throw new FanlightError('NOT_FOUND', `there is no job ${job}`);
    const at = new Date().toISOString();
    const { reason } = await cancelJob(this.#results, { v: 1, job, reason: 'requested', at, message });
    if (reason === 'ended') return false;
    const notice: CheckNotice = { v: 1, kind: 'check', job };
    await this.#receiptsQueue?.send([{ body: JSON.stringify(notice), groupId: job }]);
    return true;
  }

  /**
   * Submits a job that tries the failed images of one that has ended again, and no others.
   *
   * @throws FanlightError NOT_FOUND when there is no such job, INVALID_MANIFEST while it has not ended
   */
  async retry(job: string, options: RetryOptions = {}): Promise<SubmittedManifest> {
    const parent = await this.#results.readDocument(stateKey.job(job), JobSchema);
    if (parent === undefined) throw new FanlightError('NOT_FOUND', `there is no job ${job}`);
    if ((await this.report(job)) === undefined)
      throw new FanlightError(
        'INVALID_MANIFEST',
        `job ${job} has not ended yet: it can be retried when it has its report`,
      );
    const key = `${parent.document.route}retry-${job}-${randomBytes(4).toString('hex')}.fanlight.json`;
    return this.submit(key, { ...options, retry: { job } });
  }

  /**
   * Opens an object of the results bucket: a rendition by its key, a document of the job by `stateKey`.
   *
   * @param knownEtag of a copy at hand; when the object is still the same, undefined comes back
   * @throws S3ServiceException NoSuchKey
   */
  async open(key: string, options: { knownEtag?: string; signal?: AbortSignal } = {}): Promise<OpenObject | undefined> {
    try {
      const { Body, ContentLength } = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.#results.bucket, Key: key, IfNoneMatch: options.knownEtag }),
        options.signal === undefined ? {} : { abortSignal: options.signal },
      );
      if (!(Body instanceof Readable)) throw new FanlightError('INTERNAL', `S3 answered ${key} without a body`);
      return { body: Body, sizeBytes: ContentLength ?? 0 };
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 304) return undefined;
      throw error;
    }
  }
}
