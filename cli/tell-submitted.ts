import type { JobClient, SubmittedManifest } from '../shared/client/job-client.ts';
import { exitStatus } from './cli-error.ts';
import { reportText } from './job-text.ts';
import { statusOfReport } from './report-status.ts';

export interface TellOptions {
  /** Wait for the end of the job. */
  readonly watch: boolean;
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** What `--json` says beside the job's id. */
  readonly about?: Readonly<Record<string, string>>;
}

/** Prints the id of the job that a manifest became, or waits for its report and prints that. Returns the exit status. */
export async function tellSubmitted(
  client: JobClient,
  submitted: SubmittedManifest,
  { watch, json, signal, about = {} }: TellOptions,
): Promise<number> {
  const job = await client.waitForJob(submitted, { signal });
  if (!watch) {
    process.stdout.write(json ? `${JSON.stringify({ job, ...about })}\n` : `${job}\n`);
    return exitStatus.ok;
  }
  const report = await client.waitForReport(job, { signal });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report));
  return statusOfReport(report);
}
