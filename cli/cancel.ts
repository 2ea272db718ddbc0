import { exitStatus } from './cli-error.ts';
import type { Command, CommandContext } from './command.ts';
import { jobOptionsHelp, parseJobOptions } from './job-options.ts';
import { reportText } from './job-text.ts';
import { withRunningStack } from './running-stack.ts';

const help = `Usage: fanlight cancel JOB [options]

Ends a job of the stack that fanlight dev keeps running. Images without an outcome fail with CANCELLED; fanlight retry tries them
again.

Options:
  --watch     wait for its end
${jobOptionsHelp}
Exit status: 0 cancelled, or ended before.
`;

async function cancelJob(args: readonly string[], { cwd, signal }: CommandContext): Promise<number> {
  const { job, dataDir, json, watch } = parseJobOptions(args, cwd, { job: true, watch: true });
  return withRunningStack(dataDir, async (client) => {
    const cancelled = await client.cancel(job);
    if (!watch) {
      const text = cancelled ? `${job} is being cancelled.\n` : `${job} has ended already.\n`;
      process.stdout.write(json ? `${JSON.stringify({ job, cancelled })}\n` : text);
      return exitStatus.ok;
    }
    const report = await client.waitForReport(job, { signal });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report));
    return exitStatus.ok;
  });
}

/** `fanlight cancel`. */
export const cancel: Command = { summary: 'end a job of a running stack', help, run: cancelJob };
