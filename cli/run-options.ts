import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { nearestName } from '../shared/core/explain.ts';
import { CliError } from './cli-error.ts';
import { parseFaultSeed } from './faults.ts';
import { parseUrlHosts, urlHostHelp, urlHostOption } from './url-hosts.ts';

/** What `fanlight run` was asked for, paths resolved. */
export interface RunOptions {
  /** Absolute; empty for the sample set. */
  readonly paths: readonly string[];
  /** A built-in recipe's name or a file, as given; undefined for the default. */
  readonly recipe: string | undefined;
  /** Absolute. */
  readonly out: string;
  readonly json: boolean;
  readonly force: boolean;
  /** What the pipeline is to meet; undefined for nothing. */
  readonly faultSeed: number | undefined;
  /** Whose https URLs a manifest may name. */
  readonly urlHosts: readonly string[];
}

export const runHelp = `Usage: fanlight run [PATH...] [options]

Renders images with the deployed pipeline's own functions, on this machine. PATH is a folder, image files, archives (zip, tar,
tar.gz, tar.zst), or a manifest (*.fanlight.json); without one, a set of sample images is made and rendered. Files and folders whose
names start with a dot are left out, and archives inside of a folder are not opened. In a manifest, sources that are neither s3:// nor
https:// are paths below its own folder.

Options:
  --recipe FILE|NAME  thumbnail (default), web, convert, or a recipe file
  --out DIR           where the results go (default ./fanlight-out)
  --json              print the report, or the error, as one JSON document on stdout
  --force             render again what is done already
  --faults SEED       let things go wrong on the way: errors, lost and doubled messages, killed functions; a seed says which
${urlHostHelp}  --help              print this

Results: DIR/renditions/..., DIR/results.jsonl, DIR/report.json, DIR/report.html. The same command again skips what is done;
DIR/.fanlight is what remembers it. An image of an archive is called shoot.zip#a/b.jpg. A name that is longer than the 255 bytes of a
file system is cut, and has %~ and a hash at its end; results.jsonl has all of it.

Exit status: 0 all succeeded or skipped, 1 some failed or an archive cannot be read, 2 wrong usage, recipe or manifest, 3 could not
run or finish, 130 interrupted.
`;

const options = {
  recipe: { type: 'string' },
  out: { type: 'string', default: 'fanlight-out' },
  json: { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  faults: { type: 'string' },
  'url-host': urlHostOption,
} as const;

/** node:util's message without its second sentence, and the nearest option for an unknown one. */
export function usageError(thrown: unknown, known: readonly string[]): CliError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const unknown = /^Unknown option '(-[^']*)'/.exec(message)?.[1];
  if (unknown === undefined) return new CliError('USAGE', message.split('. ')[0] ?? message, { cause: thrown });
  const nearest = nearestName(unknown.replace(/^-+/, ''), known);
  const suggestion = nearest === undefined ? undefined : `--${nearest}`;
  const hint = suggestion === undefined ? 'see --help' : `did you mean ${suggestion}?`;
  return new CliError('USAGE', `${unknown} is not an option; ${hint}`, {
    ...(suggestion === undefined ? {} : { suggestion }),
    cause: thrown,
  });
}

/** @throws CliError USAGE */
export function parseRunOptions(args: readonly string[], cwd: string): RunOptions {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { recipe, out, json, force, faults } = values;
    if (out === '' || positionals.includes('')) throw new CliError('USAGE', 'a path must not be empty');
    const paths = positionals.map((path) => resolve(cwd, path));
    const urlHosts = parseUrlHosts(values['url-host']);
    return { paths, recipe, out: resolve(cwd, out), json, force, faultSeed: parseFaultSeed(faults), urlHosts };
  } catch (error) {
    throw error instanceof CliError ? error : usageError(error, Object.keys(options));
  }
}
