import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FanlightError } from '../shared/core/errors.ts';
import type { ManifestSource } from '../shared/core/manifest-sources.ts';
import { checkFiles } from './find-inputs.ts';
import { InputWalk, type InputFile } from './input-walk.ts';
import { urisOfList, type ListSource } from './local-list.ts';
import { keyPrefixBytes } from './run-id.ts';
import { isArchive } from './sniff-archive.ts';

export interface LocalSources {
  /** Those given, with slashes behind the prefixes that turned out to be folders. */
  readonly sources: readonly ManifestSource[];
  /** By name. */
  readonly files: readonly InputFile[];
  readonly hidden: number;
}

export interface LocalSourcesOptions {
  /** What the URIs of local sources start with. */
  readonly root: string;
  /** Where the files are that they stand for. */
  readonly folder: string;
  /** Absolute paths that are never an input. */
  readonly exclude: readonly string[];
}

/**
 * Finds the files that a manifest's local sources name.
 *
 * @throws FanlightError NOT_FOUND, ACCESS_DENIED, KEY_COLLISION, ENTRY_UNSAFE, TOO_LARGE, INVALID_MANIFEST; CliError USAGE
 */
export async function findLocalSources(
  sources: readonly ManifestSource[],
  { root, folder, exclude }: LocalSourcesOptions,
): Promise<LocalSources> {
  const finder = new Finder(root, folder, await InputWalk.begin(exclude));
  const found: ManifestSource[] = [];
  for (const source of sources) found.push(await finder.find(source));
  const { files, hidden } = finder.walk;
  await checkFiles(files, finder.large, keyPrefixBytes);
  return { sources: found, files, hidden };
}

class Finder {
  readonly walk: InputWalk;
  /** Names of files that are no images. */
  readonly large = new Set<string>();
  readonly #root: string;
  readonly #folder: string;

  constructor(root: string, folder: string, walk: InputWalk) {
    this.walk = walk;
    this.#root = root;
    this.#folder = folder;
  }

  async find(source: ManifestSource): Promise<ManifestSource> {
    if ('prefix' in source) return { ...source, prefix: await this.#prefix(source.prefix) };
    if ('object' in source) await this.#file(source.object);
    if ('archive' in source) await this.#archive(source.archive);
    return 'list' in source ? this.#list(source) : source;
  }

  /** Undefined for what is in S3. */
  #nameOf(uri: string): string | undefined {
    return uri.startsWith(this.#root) ? uri.slice(this.#root.length) : undefined;
  }

  async #file(uri: string): Promise<InputFile | undefined> {
    const name = this.#nameOf(uri);
    if (name === undefined) return undefined;
    const path = join(this.#folder, name);
    await this.walk.refuseOwn(path);
    return this.walk.file(name, path);
  }

  async #archive(uri: string): Promise<void> {
    const file = await this.#file(uri);
    if (file === undefined) return;
    this.large.add(file.name);
    // For its complaints alone: what begins like none is refused by whoever reads it.
    await isArchive(file.path);
  }

  /** As a prefix in S3, except that a folder's name needs no slash at its end. */
  async #prefix(uri: string): Promise<string> {
    const name = this.#nameOf(uri);
    if (name === undefined) return uri;
    const prefix = await this.#withSlash(name);
    const ofFolder = prefix === '' || prefix.endsWith('/');
    const folderName = ofFolder ? prefix : prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const folder = join(this.#folder, folderName);
    await this.walk.refuseOwn(folder);
    await this.walk.folder(folder, folderName, ofFolder ? '' : basename(prefix));
    if (!ofFolder && !this.walk.files.some((file) => file.name.startsWith(prefix)))
      throw new FanlightError('NOT_FOUND', `no file is called ${join(this.#folder, prefix)}…`, {
        path: join(this.#folder, prefix),
      });
    return this.#root + prefix;
  }

  async #withSlash(name: string): Promise<string> {
    if (name === '' || name.endsWith('/')) return name;
    const stats = await stat(join(this.#folder, name)).catch(() => undefined);
    return stats?.isDirectory() === true ? `${name}/` : name;
  }

  /** The list, and what its lines name below a local base. A file that is not there is a failed image, and not the list's end. */
  async #list(source: ListSource): Promise<ManifestSource> {
    const list = await this.#file(source.list);
    const base = source.base === undefined ? undefined : this.#nameOf(source.base);
    if (list === undefined || base === undefined) return source;
    this.large.add(list.name);
    const local = { ...source, base: this.#root + (await this.#withSlash(base)) };
    for await (const uri of urisOfList(list.path, local)) {
      const name = this.#nameOf(uri);
      if (name !== undefined) await this.#line(name, list.path);
    }
    return local;
  }

  async #line(name: string, list: string): Promise<void> {
    if (name.startsWith('/') || name.includes('\0') || name.split('/').includes('..'))
      throw new FanlightError(
        'INVALID_MANIFEST',
        `${list} names ${JSON.stringify(name)}, which is no file below the manifest's folder`,
        { path: list },
      );
    const path = join(this.#folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isFile() === true) await this.walk.file(name, path);
  }
}
