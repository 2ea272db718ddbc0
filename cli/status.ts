import { exitStatus } from './cli-error.ts';
import type { Command, CommandContext } from './command.ts';
import { jobOptionsHelp, parseJobOptions } from './job-options.ts';
import { progressLine, reportText } from './job-text.ts';
import { statusOfReport } from './report-status.ts';
import { withRunningStack } from './running-stack.ts';

const help = `Usage: fanlight status JOB [options]

How far a job of the stack is that fanlight dev keeps running, or what became of it.

Options:
  --watch     wait for its end
${jobOptionsHelp}
Exit status: 0 while it runs, otherwise as fanlight run: 0 all succeeded or skipped, 1 some failed, 2 refused, 3 ended before it was
done.
`;

async function showStatus(args: readonly string[], { cwd, signal }: CommandContext): Promise<number> {
  const { job, dataDir, json, watch } = parseJobOptions(args, cwd, { job: true, watch: true });
  return withRunningStack(dataDir, async (client) => {
    const progress = await client.progress(job);
    const report = watch ? await client.waitForReport(job, { signal }) : await client.report(job);
    if (report === undefined) {
      process.stdout.write(json ? `${JSON.stringify({ job, ...progress })}\n` : progressLine(job, progress));
      return exitStatus.ok;
    }
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report));
    return statusOfReport(report);
  });
}

/** `fanlight status`. */
export const status: Command = { summary: 'how far a job of a running stack is', help, run: showStatus };
