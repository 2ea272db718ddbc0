import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CliError } from './cli-error.ts';
import { usageError } from './run-options.ts';

/** Where `fanlight dev` keeps buckets and queues, and where the commands about its jobs look for it. */
export const defaultDataDir = 'fanlight-out/.fanlight/dev';

/** What all commands about the jobs of a running stack are asked. */
export interface JobOptions {
  /** Empty for a command about all jobs. */
  readonly job: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly json: boolean;
  /** Wait for the end of the job. */
  readonly watch: boolean;
}

export const jobOptionsHelp = `  --data DIR  the data folder of the fanlight dev that runs (default ./${defaultDataDir})
  --json      print one JSON document on stdout
  --help      print this
`;

const common = {
  data: { type: 'string', default: defaultDataDir },
  json: { type: 'boolean', default: false },
} as const;
const watching = { ...common, watch: { type: 'boolean', default: false } } as const;

/** The only argument, which must be the id of a job. */
function onlyJob(positionals: readonly string[]): string {
  const [job = '', ...more] = positionals;
  if (more.length > 0) throw new CliError('USAGE', `one JOB at a time (given ${positionals.length})`);
  if (/^[0-9a-f]{24}$/.test(job)) return job;
  throw new CliError('USAGE', job === '' ? 'which JOB? fanlight jobs lists them' : `${job} is not the id of a job`);
}

/**
 * @param takes what beside --data and --json: the id of one job, and whether to wait for its end
 * @throws CliError USAGE
 */
export function parseJobOptions(
  args: readonly string[],
  cwd: string,
  takes: { job: boolean; watch: boolean },
): JobOptions {
  const options = takes.watch ? watching : common;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: takes.job });
    const { data, json } = values;
    const watch = 'watch' in values && values.watch === true;
    return { job: takes.job ? onlyJob(positionals) : '', dataDir: resolve(cwd, data), json, watch };
  } catch (error) {
    throw error instanceof CliError ? error : usageError(error, Object.keys(options));
  }
}
