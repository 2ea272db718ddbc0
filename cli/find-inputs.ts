import { existsSync } from 'node:fs';
import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { FanlightError } from '../shared/core/errors.ts';
import { limits } from '../shared/core/limits.ts';
import { mapConcurrently } from '../shared/core/map-concurrently.ts';
import { CliError } from './cli-error.ts';

/** A file to upload. */
export interface InputFile {
  /** Name of the source in results and output keys: relative to the given folder, `/`-separated. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
}

export interface Inputs {
  /** By name. */
  readonly files: readonly InputFile[];
  /** Files and folders left out because their names start with a dot. */
  readonly hidden: number;
}

export interface FindOptions {
  /** Absolute paths that are this command's own output: never an input. */
  readonly exclude: readonly string[];
  /** Bytes that the names of uploads get in front. */
  readonly keyPrefixBytes: number;
}

/** S3 takes no more in one PUT. */
const maxPutBytes = 5 * 1024 ** 3;

const archiveName = /\.(zip|tar|tgz|tar\.(gz|zst|bz2|xz))$/i;

/** File system calls under way at once; more only queue up in the thread pool. */
const concurrency = 16;

/**
 * Finds what is to be rendered: files as they are given, folders with all that is below them, links followed.
 *
 * @throws FanlightError NOT_FOUND, ACCESS_DENIED, KEY_COLLISION, ENTRY_UNSAFE, TOO_LARGE; CliError USAGE
 */
export async function findInputs(paths: readonly string[], options: FindOptions): Promise<Inputs> {
  const walk = new Walk(await ownOutputs(options.exclude));
  for (const path of paths) await walk.add(path);
  const { found, hidden } = walk;
  await mapConcurrently([...found.values()], concurrency, (file) => checkFile(file, options.keyPrefixBytes));
  const files = [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { files, hidden };
}

async function checkFile({ name, path, sizeBytes }: InputFile, keyPrefixBytes: number): Promise<void> {
  await access(path, constants.R_OK);
  const keyBytes = keyPrefixBytes + Buffer.byteLength(name);
  if (keyBytes > limits.maxKeyBytes)
    throw new FanlightError('ENTRY_UNSAFE', `the name of ${path} is too long for an S3 key`, { path });
  if (sizeBytes > maxPutBytes)
    throw new FanlightError('TOO_LARGE', `${path} is larger than the 5 GiB of one upload`, { path });
}

/** What exists of this command's output, however a path or a link leads there. */
interface OwnOutputs {
  readonly ids: ReadonlySet<string>;
  readonly realPaths: readonly string[];
}

async function ownOutputs(paths: readonly string[]): Promise<OwnOutputs> {
  const present = paths.filter((path) => existsSync(path));
  const ids = await Promise.all(present.map(async (path) => idOf(await stat(path))));
  return { ids: new Set(ids), realPaths: await Promise.all(present.map((path) => realpath(path))) };
}

const idOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/** Collects files by name and sees two of one name at once. */
class Walk {
  readonly found = new Map<string, InputFile>();
  hidden = 0;
  readonly #own: OwnOutputs;

  constructor(own: OwnOutputs) {
    this.#own = own;
  }

  async add(path: string): Promise<void> {
    const stats = await stat(path);
    const real = await realpath(path);
    for (const own of this.#own.realPaths)
      if (real === own || real.startsWith(own + sep))
        throw new CliError('USAGE', `${path} is the output of an earlier run into the same --out`, { path });
    if (stats.isDirectory()) return this.#folder(path, '', [idOf(stats)]);
    if (archiveName.test(path))
      throw new CliError('USAGE', `${path} is an archive, which this version does not read; unpack it first`, { path });
    if (!stats.isFile()) throw new CliError('USAGE', `${path} is neither a file nor a folder`, { path });
    await this.#file({ name: basename(path), path, sizeBytes: stats.size });
  }

  /** @param lineage this folder and those above it: a link that leads back up ends there */
  async #folder(path: string, prefix: string, lineage: readonly string[]): Promise<void> {
    const names = await readdir(path);
    const visible = names.filter((name) => !name.startsWith('.'));
    this.hidden += names.length - visible.length;
    const entries = await mapConcurrently(visible, concurrency, async (name) => ({
      name,
      stats: await statOf(join(path, name)),
    }));
    for (const { name, stats } of entries) {
      const id = idOf(stats);
      if (this.#own.ids.has(id) || lineage.includes(id)) continue;
      const child = { name: prefix + name, path: join(path, name), sizeBytes: stats.size };
      if (stats.isDirectory()) await this.#folder(child.path, `${child.name}/`, [...lineage, id]);
      else if (stats.isFile()) await this.#file(child);
    }
  }

  async #file(file: InputFile): Promise<void> {
    const other = this.found.get(file.name);
    if (other !== undefined && (await realpath(other.path)) !== (await realpath(file.path)))
      throw new FanlightError(
        'KEY_COLLISION',
        `two inputs have the name ${file.name}: ${other.path} and ${file.path}; give the folder above them instead`,
        { path: file.path },
      );
    this.found.set(file.name, file);
  }
}

/** @throws FanlightError ENTRY_UNSAFE for a name that is no UTF-8, which Node can list but not open */
async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    if (!path.includes('\uFFFD')) throw error;
    throw new FanlightError('ENTRY_UNSAFE', `the name of ${path} is not UTF-8`, { path, cause: error });
  }
}
