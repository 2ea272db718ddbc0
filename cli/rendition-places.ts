import { mkdir, realpath, rename, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { FanlightError } from '../shared/core/errors.ts';
import { shortHash } from '../shared/core/hash.ts';
import { renditionsPrefix } from '../shared/core/output-key.ts';

/** Of a file or folder, by ext4, APFS and NTFS alike. */
const maxNameBytes = 255;

/** What it keeps of an extension, in bytes. */
const maxExtensionBytes = 16;

/** No encoded source name holds it: `%` is followed by hexadecimal digits or `_` there. */
const mark = '%~';

/** A name that a file system takes: a longer one keeps its beginning and extension, with a hash of the whole between them. */
export function shortened(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const extension = Buffer.byteLength(extname(name)) <= maxExtensionBytes ? extname(name) : '';
  const end = `${mark}${shortHash(name)}${extension}`;
  const kept = Buffer.from(name).subarray(0, maxNameBytes - Buffer.byteLength(end));
  // As a stream, so that a character that was cut through is left out.
  return new TextDecoder().decode(kept, { stream: true }) + end;
}

const clashes = new Set(['EEXIST', 'ENOTDIR', 'EISDIR']);

/** S3 has a.jpg and a.jpg/b side by side; a file system has a file or a folder. */
function isClash(error: unknown): boolean {
  return error instanceof Error && 'code' in error && clashes.has(String(error.code));
}

/**
 * The files that renditions become: below one folder whatever their keys are, one for each key. A key is a path there, except that
 * long names are shortened, and that what would have to be a file and a folder lies in a folder of its own, named by a hash.
 */
export class RenditionPlaces {
  readonly #root: string;
  readonly #renamed = new Set<string>();

  /** @param root absolute */
  constructor(root: string) {
    this.#root = root;
  }

  /** Keys that have another path than their own. */
  get renamed(): number {
    return this.#renamed.size;
  }

  /**
   * The path of a rendition; its folder is there.
   *
   * @throws FanlightError ENTRY_UNSAFE for a key that would lead out of the root
   */
  async placeOf(key: string): Promise<string> {
    const path = this.#pathOf(key);
    if (await this.#isFree(path)) return path;
    this.#renamed.add(key);
    const other = join(this.#root, mark + shortHash(key), basename(path));
    await mkdir(dirname(other), { recursive: true });
    return other;
  }

  /** Puts a finished file there. */
  async put(temporary: string, key: string): Promise<void> {
    try {
      await rename(temporary, await this.placeOf(key));
    } catch (error) {
      // Another rendition has made a folder of that name meanwhile: now it is seen.
      if (!isClash(error)) throw error;
      await rename(temporary, await this.placeOf(key));
    }
  }

  #pathOf(key: string): string {
    const names = key.slice(renditionsPrefix.length).split('/').map(shortened);
    const path = resolve(this.#root, names.join('/'));
    if (!key.startsWith(renditionsPrefix) || key.includes('\0') || !path.startsWith(this.#root + sep))
      throw this.#unsafe(key);
    if (key.length !== renditionsPrefix.length + names.join('/').length) this.#renamed.add(key);
    return path;
  }

  /** @throws FanlightError ENTRY_UNSAFE when a link leads out of the root */
  async #isFree(path: string): Promise<boolean> {
    try {
      await mkdir(dirname(path), { recursive: true });
    } catch (error) {
      if (isClash(error)) return false;
      throw error;
    }
    const [root, folder] = await Promise.all([realpath(this.#root), realpath(dirname(path))]);
    if (folder !== root && !folder.startsWith(root + sep)) throw this.#unsafe(path);
    const stats = await stat(path).catch(() => undefined);
    return stats?.isDirectory() !== true;
  }

  #unsafe(name: string): FanlightError {
    return new FanlightError('ENTRY_UNSAFE', `${name} would lead out of ${this.#root}`);
  }
}
