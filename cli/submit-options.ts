import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CliError } from './cli-error.ts';
import type { JobWish } from './job-request.ts';
import { defaultDataDir, jobOptionsHelp } from './job-options.ts';
import { usageError } from './run-options.ts';

/** What `fanlight submit` was asked for. */
export interface SubmitOptions extends JobWish {
  /** Absolute paths, and URIs as they were given. */
  readonly paths: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  readonly json: boolean;
  /** Wait for the end of the job. */
  readonly watch: boolean;
}

export const submitHelp = `Usage: fanlight submit PATH|s3://BUCKET/KEY... [options]

Submits a job to the stack that fanlight dev keeps running, and prints its id. PATH is a folder, image files, archives, or a manifest
(*.fanlight.json), as for fanlight run; it is uploaded below runs/ of the uploads bucket, and stays there. s3://BUCKET/KEY is an
image, an archive or a manifest by its first bytes and its name; with a slash at its end it is everything below it.

Options:
  --recipe FILE|NAME  thumbnail (default), web, convert, or a recipe file
  --budget-usd N      plan no more than what is estimated to cost N US dollars on AWS
  --watch             wait for its end
${jobOptionsHelp}
Exit status: 0 submitted; with --watch as fanlight run.
`;

const options = {
  data: { type: 'string', default: defaultDataDir },
  recipe: { type: 'string' },
  'budget-usd': { type: 'string' },
  stack: { type: 'string' },
  watch: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

/** Whether a PATH is not of this machine. */
export const isS3Uri = (path: string): boolean => path.startsWith('s3://');

function parseUsd(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const usd = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && usd > 0) return usd;
  throw new CliError('USAGE', `--budget-usd takes a number above 0 (given ${text})`);
}

/** @throws CliError USAGE */
export function parseSubmitOptions(args: readonly string[], cwd: string): SubmitOptions {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { data, recipe, stack, watch, json } = values;
    if (stack !== undefined)
      throw new CliError(
        'USAGE',
        '--stack is not there yet: jobs are submitted to the stack of fanlight dev, see --data',
      );
    if (positionals.length === 0) throw new CliError('USAGE', 'which PATH? see --help');
    if (positionals.includes('')) throw new CliError('USAGE', 'a path must not be empty');
    const paths = positionals.map((path) => (isS3Uri(path) ? path : resolve(cwd, path)));
    const budgetUsd = parseUsd(values['budget-usd']);
    return { paths, recipe, budgetUsd, force: false, dataDir: resolve(cwd, data), watch, json };
  } catch (error) {
    throw error instanceof CliError ? error : usageError(error, Object.keys(options));
  }
}
