import { mkdir, mkdtemp, readdir, rm, rmdir, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ByteBudget } from './byte-budget.ts';

/** More than this of downloads in advance would only fill the page cache. */
const maxSourceBytes = 1_073_741_824;

/** A private directory of one delivery, removed with everything in it at the end. */
export interface Scratch extends AsyncDisposable {
  /** Bytes of sources that may lie here at once; the other half of the disk is for what is made of them. */
  readonly sourceBytes: ByteBudget;
  /** Does `work` in a directory of the image's own, which is gone afterwards. */
  inDirectory<Result>(ordinal: number, work: (directory: string) => Promise<Result>): Promise<Result>;
}

const namePattern = /^fanlight-(\d+)-/;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Removes what a process left behind that was killed: after a timeout Lambda starts a new process in the same sandbox, with
 * /tmp as it was. Call once in a process, before its first {@link openScratch}.
 *
 * @param parent such as os.tmpdir()
 */
export async function removeLeftovers(parent: string): Promise<void> {
  const leftovers = (await readdir(parent)).filter((name) => {
    const pid = Number(namePattern.exec(name)?.[1] ?? Number.NaN);
    return !Number.isNaN(pid) && (pid === process.pid || !isAlive(pid));
  });
  await Promise.all(leftovers.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}

/** Of a directory without directories: fewer system calls than a recursive removal, which counts for a thumbnail. */
async function removeFiles(directory: string): Promise<void> {
  for (const name of await readdir(directory)) await unlink(join(directory, name));
  await rmdir(directory);
}

/** @param parent such as os.tmpdir() */
export async function openScratch(parent: string): Promise<Scratch> {
  const directory = await mkdtemp(join(parent, `fanlight-${process.pid}-`));
  const disk = await statfs(parent);
  return {
    sourceBytes: new ByteBudget(Math.min(maxSourceBytes, (disk.bavail * disk.bsize) / 2)),
    async inDirectory(ordinal, work) {
      const path = join(directory, String(ordinal));
      await mkdir(path);
      try {
        return await work(path);
      } finally {
        await removeFiles(path);
      }
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
