import { existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join, sep } from 'node:path';
import { FanlightError } from '../shared/core/errors.ts';
import { mapConcurrently } from '../shared/core/map-concurrently.ts';
import { CliError } from './cli-error.ts';

/** A file to upload. */
export interface InputFile {
  /** Its key below the run's prefix, and the source's name in results and output keys; `/`-separated. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** File system calls under way at once; more only queue up in the thread pool. */
export const fileConcurrency = 16;

const idOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

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

/** Collects files by name, links followed, and sees two of one name at once. */
export class InputWalk {
  readonly #found = new Map<string, InputFile>();
  readonly #own: OwnOutputs;
  #hidden = 0;

  private constructor(own: OwnOutputs) {
    this.#own = own;
  }

  /** @param exclude absolute paths that are this command's own output: never an input */
  static async begin(exclude: readonly string[]): Promise<InputWalk> {
    return new InputWalk(await ownOutputs(exclude));
  }

  /** By name. */
  get files(): InputFile[] {
    return [...this.#found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Files and folders left out because their names start with a dot. */
  get hidden(): number {
    return this.#hidden;
  }

  /** @throws CliError USAGE for what an earlier run has written */
  async refuseOwn(path: string): Promise<void> {
    const real = await realpath(path);
    for (const own of this.#own.realPaths)
      if (real === own || real.startsWith(own + sep))
        throw new CliError('USAGE', `${path} is the output of an earlier run into the same --out`, { path });
  }

  /**
   * One file.
   *
   * @throws FanlightError KEY_COLLISION when another file has the name; CliError USAGE for what is no file
   */
  async file(name: string, path: string): Promise<InputFile> {
    const stats = await stat(path);
    if (!stats.isFile()) throw new CliError('USAGE', `${path} is not a file`, { path });
    return this.#add({ name, path, sizeBytes: stats.size });
  }

  /**
   * All files below a folder.
   *
   * @param prefix what their names have in front
   * @param start what names in this folder, not in those below it, start with
   */
  async folder(path: string, prefix: string, start = ''): Promise<void> {
    return this.#folder(path, { prefix, start, lineage: [idOf(await stat(path))] });
  }

  /** @param lineage this folder and those above it: a link that leads back up ends there */
  async #folder(
    path: string,
    { prefix, start, lineage }: { prefix: string; start: string; lineage: readonly string[] },
  ): Promise<void> {
    const names = (await readdir(path)).filter((name) => name.startsWith(start));
    const visible = names.filter((name) => start.startsWith('.') || !name.startsWith('.'));
    this.#hidden += names.length - visible.length;
    const entries = await mapConcurrently(visible, fileConcurrency, async (name) => ({
      name,
      stats: await statOf(join(path, name)),
    }));
    for (const { name, stats } of entries) {
      const id = idOf(stats);
      if (this.#own.ids.has(id) || lineage.includes(id)) continue;
      const child = { name: prefix + name, path: join(path, name), sizeBytes: stats.size };
      if (stats.isDirectory())
        await this.#folder(child.path, { prefix: `${child.name}/`, start: '', lineage: [...lineage, id] });
      else if (stats.isFile()) await this.#add(child);
    }
  }

  async #add(file: InputFile): Promise<InputFile> {
    const other = this.#found.get(file.name);
    if (other !== undefined && (await realpath(other.path)) !== (await realpath(file.path)))
      throw new FanlightError(
        'KEY_COLLISION',
        `two inputs have the name ${file.name}: ${other.path} and ${file.path}; give the folder above them instead`,
        { path: file.path },
      );
    this.#found.set(file.name, file);
    return file;
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
