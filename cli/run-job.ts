import { JobClient, type SubmittedManifest } from '../shared/client/job-client.ts';
import type { Report } from '../shared/core/report.ts';
import { CliError } from './cli-error.ts';
import { downloadResults } from './download-results.ts';
import { deleteBelow, forgetEarlierRuns } from './earlier-runs.ts';
import { faultLines } from './faults.ts';
import type { JobRequest } from './job-request.ts';
import { openLocalStack } from './local-stack.ts';
import type { LocalStack } from './local-stack.ts';
import type { OutputFolder } from './output-folder.ts';
import type { Progress } from './progress/progress.ts';
import { submitRequest, uploadsPrefix } from './submit-request.ts';

export interface RunJobOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly faultSeed: number | undefined;
  /** Whose https URLs the manifest may name. */
  readonly urlHosts: readonly string[];
  /** Told once there is a job, that is, something to resume. */
  readonly onSubmitted: () => void;
}

/** With less than this left, in bytes, SQLite and the functions begin to fail in ways that explain nothing. */
const minFreeBytes = 1024 ** 2;
const diskCheckMs = 250;

/**
 * Stack up, upload, submit, wait, download, stack down.
 *
 * @throws CliError STACK_FAILED, DISK_FULL, FOLDER_IN_USE, INTERRUPTED; FanlightError for an input that changed meanwhile
 */
export async function runJob(request: JobRequest, out: OutputFolder, options: RunJobOptions): Promise<Report> {
  const { faultSeed, urlHosts, progress, signal } = options;
  const trouble = new AbortController();
  progress.say('starting the pipeline on this machine');
  const local = await openLocalStack({
    dataDir: out.state,
    signal,
    faultSeed,
    urlHosts,
    onProgress: progress.say,
    onFailure: (error) => trouble.abort(error),
  });
  const diskCheck = setInterval(() => void checkDisk(out, trouble), diskCheckMs);
  const stop = AbortSignal.any([signal, trouble.signal]);
  try {
    await out.openTemporary();
    const report = await execute(request, out, local, { ...options, signal: stop });
    if (faultSeed !== undefined) for (const line of faultLines(local.stack, faultSeed)) progress.say(line);
    return report;
  } catch (error) {
    if (!stop.aborted) await checkDisk(out, trouble);
    // What was cut off throws in many ways; why it was cut off is what counts.
    throw stop.aborted ? stop.reason : error;
  } finally {
    clearInterval(diskCheck);
    await out.closeTemporary();
    await local.close();
  }
}

async function followJob(
  client: JobClient,
  submitted: SubmittedManifest,
  { stack }: LocalStack,
  { faultSeed, progress, signal }: Pick<RunJobOptions, 'faultSeed' | 'progress' | 'signal'>,
): Promise<Report> {
  // What was killed or delayed comes back after minutes of the stack's clock: nobody is to wait for those here.
  using _ = faultSeed === undefined ? undefined : stack.fastForward({ toSchedule: () => true });
  const job = await client.waitForJob(submitted, { signal });
  // Awaited here: the clock is put forward until then.
  return await client.waitForReport(job, {
    signal,
    onProgress: ({ images, counts }) =>
      progress.update(counts.succeeded + counts.failed + counts.skipped, { total: images, failed: counts.failed }),
  });
}

async function checkDisk(out: OutputFolder, trouble: AbortController): Promise<void> {
  try {
    if ((await out.freeBytes()) >= minFreeBytes) return;
    trouble.abort(new CliError('DISK_FULL', `the disk of ${out.path} is full`, { path: out.path }));
  } catch (error) {
    trouble.abort(error);
  }
}

async function execute(
  request: JobRequest,
  out: OutputFolder,
  local: LocalStack,
  { faultSeed, progress, signal, onSubmitted }: RunJobOptions,
): Promise<Report> {
  const { s3, uploadsBucket, resultsBucket } = local;
  await forgetEarlierRuns(local);

  const client = new JobClient({ s3, uploadsBucket, resultsBucket });
  const submitted = await submitRequest(request, { ...local, client }, { progress, signal });
  onSubmitted();
  progress.phase('render', request.images);
  const report = await followJob(client, submitted, local, { faultSeed, progress, signal });
  const { total, failed } = report.images;
  progress.update(total, { total, failed });

  progress.phase('download', total);
  let downloaded = 0;
  await downloadResults(report, {
    client,
    out,
    signal,
    onImage: () => progress.update(++downloaded),
    onRenamed: (renditions) =>
      progress.say(`${renditions} renditions have a name with %~, because their own is too long or taken by a folder`),
  });
  await deleteBelow(s3, uploadsBucket, uploadsPrefix(request.id, local.sourcesPrefix));
  return report;
}
