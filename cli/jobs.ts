import { exitStatus } from './cli-error.ts';
import type { Command, CommandContext } from './command.ts';
import { jobOptionsHelp, parseJobOptions } from './job-options.ts';
import { progressLine } from './job-text.ts';
import { withRunningStack } from './running-stack.ts';

const help = `Usage: fanlight jobs [options]

Lists the jobs of the stack that fanlight dev keeps running, the newest first.

Options:
${jobOptionsHelp}`;

async function listJobs(args: readonly string[], { cwd }: CommandContext): Promise<number> {
  const { dataDir, json } = parseJobOptions(args, cwd, { job: false, watch: false });
  const jobs = await withRunningStack(dataDir, (client) => client.jobs());
  const lines = jobs.map(({ job, ...progress }) => progressLine(job, progress));
  process.stdout.write(json ? `${JSON.stringify({ jobs })}\n` : lines.join('') || 'There are no jobs.\n');
  return exitStatus.ok;
}

/** `fanlight jobs`. */
export const jobs: Command = { summary: 'list the jobs of a running stack', help, run: listJobs };
