import type { Command, CommandContext } from './command.ts';
import { jobOptionsHelp, parseJobOptions } from './job-options.ts';
import { withRunningStack } from './running-stack.ts';
import { tellSubmitted } from './tell-submitted.ts';

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
    const submitted = await client.retry(parent);
    return tellSubmitted(client, submitted, { watch, json, signal, about: { parent } });
  });
}

/** `fanlight retry`. */
export const retry: Command = { summary: 'try the failed images of a job again', help, run: retryJob };
