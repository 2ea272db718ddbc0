import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import { samplePictures } from './catalogue.ts';

/** The set's two broken files are announced: they are less than this share of it. */
export const sampleTolerancePercent = 1;

const cacheRoot = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'fanlight');
const prefix = 'sample-';

/** Drawing is libvips' work, in the threads of libuv. */
const concurrency = 4;

const brokenFolder = 'broken on purpose';
const notAnImage = 'This file says that it is a JPEG. It is not: it is here to show how a failure is reported.\n';

async function generatorHash(): Promise<string> {
  const entries = await readdir(import.meta.dirname, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.toSorted()) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

export interface SampleOptions {
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
}

/**
 * The folder with the sample images; drawn at the first call, found by later ones.
 *
 * @throws errors of the file system; nothing is left behind then
 */
export async function ensureSampleSet({ signal, say }: SampleOptions): Promise<string> {
  const folder = join(cacheRoot, prefix + (await generatorHash()));
  if (existsSync(folder)) return folder;
  say(`drawing ${samplePictures.length} sample images, once`);
  await mkdir(cacheRoot, { recursive: true });
  const temporary = await mkdtemp(join(cacheRoot, `.tmp-${prefix}`));
  try {
    await drawAll(temporary, signal);
    await removeOlder();
    await rename(temporary, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error; // another process was faster, with the same pictures
    });
    return folder;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function drawAll(folder: string, signal: AbortSignal): Promise<void> {
  const { drawPicture } = await import('./draw-sample.ts'); // sharp takes a moment to load, once
  await mapConcurrently(samplePictures, concurrency, async (picture) => {
    signal.throwIfAborted();
    const bytes = await drawPicture(picture);
    await writeInto(folder, picture.name, bytes);
    if (picture === samplePictures[0])
      await writeInto(folder, `${brokenFolder}/cut short.jpg`, bytes.subarray(0, Math.floor(bytes.length * 0.4)));
  });
  await writeInto(folder, `${brokenFolder}/really a text file.jpg`, Buffer.from(notAnImage));
}

async function writeInto(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

/** Sets of earlier versions of the generator. */
async function removeOlder(): Promise<void> {
  const names = await readdir(cacheRoot);
  const older = names.filter((name) => name.startsWith(prefix));
  await Promise.all(older.map((name) => rm(join(cacheRoot, name), { recursive: true, force: true })));
}
