import { access, constants, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FanlightError } from '../shared/core/errors.ts';
import { limits } from '../shared/core/limits.ts';
import { mapConcurrently } from '../shared/core/map-concurrently.ts';
import { fileConcurrency, InputWalk, type InputFile } from './input-walk.ts';
import { isArchive } from './sniff-archive.ts';

export interface Inputs {
  /** By name. */
  readonly files: readonly InputFile[];
  /** Names of those files that were given as archives. Archives inside of a given folder are strays. */
  readonly archives: readonly string[];
  /** Files and folders left out because their names start with a dot. */
  readonly hidden: number;
}

export interface FindOptions {
  /** Absolute paths that are this command's own output: never an input. */
  readonly exclude: readonly string[];
  /** Bytes that the names of uploads get in front. */
  readonly keyPrefixBytes: number;
}

/** What no image can have; the pipeline's own limit is lower, and told for each image. */
const maxImageFileBytes = 5 * 1024 ** 3;

/**
 * Finds what is to be rendered: files as they are given, folders with all that is below them, links followed.
 *
 * @throws FanlightError NOT_FOUND, ACCESS_DENIED, KEY_COLLISION, ENTRY_UNSAFE, TOO_LARGE; CliError USAGE
 */
export async function findInputs(paths: readonly string[], { exclude, keyPrefixBytes }: FindOptions): Promise<Inputs> {
  const walk = await InputWalk.begin(exclude);
  const archives = new Set<string>();
  for (const path of paths) {
    await walk.refuseOwn(path);
    if ((await stat(path)).isDirectory()) await walk.folder(path, '');
    else {
      const { name } = await walk.file(basename(path), path);
      if (await isArchive(path)) archives.add(name);
    }
  }
  await checkFiles(walk.files, archives, keyPrefixBytes);
  return { files: walk.files, archives: [...archives], hidden: walk.hidden };
}

/**
 * Whether all files can be read and uploaded.
 *
 * @param large names of files that are no images, and may have any size
 * @throws FanlightError ACCESS_DENIED, ENTRY_UNSAFE, TOO_LARGE
 */
export async function checkFiles(
  files: readonly InputFile[],
  large: ReadonlySet<string>,
  keyPrefixBytes: number,
): Promise<void> {
  await mapConcurrently(files, fileConcurrency, async ({ name, path, sizeBytes }) => {
    await access(path, constants.R_OK);
    if (keyPrefixBytes + Buffer.byteLength(name) > limits.maxKeyBytes)
      throw new FanlightError('ENTRY_UNSAFE', `the name of ${path} is too long for an S3 key`, { path });
    if (sizeBytes > maxImageFileBytes && !large.has(name))
      throw new FanlightError('TOO_LARGE', `${path} is larger than 5 GiB, and no image may be`, { path });
  });
}
