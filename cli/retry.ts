import { exitStatus } from './cli-error.ts';
import type { Command, CommandContext } from './command.ts';
import { jobOptionsHelp, parseJobOptions } from './job-options.ts';
import { reportText } from './job-text.ts';
import { statusOfReport } from './report-status.ts';
import { withRunningStack } from './running-stack.ts';

const help = `Usage: fanlight retry JOB [options]

Starts a job of the failed images of one that has ended, and of no others, by the same recipe and into the same output. Prints its id.

Options:
  --watch     wait for its end
${jobOptionsHelp}
Exit status: 0 started; with --watch as fanlight run.
`;

async function retryJob(args: readonly string[], { cwd, signal }: CommandContext): Promise<number> {
  const { job: parent, dataDir, json, watch } = parseJobOptions(args, cwd, { job: true, watch: true });
  return withRunningStack(dataDir, async (client) => {
    const job = await client.waitForJob(await client.retry(parent), { signal });
    if (!watch) {
      process.stdout.write(json ? `${JSON.stringify({ job, parent })}\n` : `${job}\n`);
      return exitStatus.ok;
    }
    const report = await client.waitForReport(job, { signal });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report));
    return statusOfReport(report);
  });
}

/** `fanlight retry`. */
export const retry: Command = { summary: 'try the failed images of a job again', help, run: retryJob };
