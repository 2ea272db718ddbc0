import { unlink } from 'node:fs/promises';
import { errorCodes } from '../../shared/core/errors.ts';
import type { RenditionResult } from '../../shared/core/outcome.ts';
import type { Shard } from '../../shared/core/shard.ts';
import type { Source } from '../../shared/core/source.ts';
import {
  believedAbsent,
  findEarlierRenditions,
  unknownRenditions,
  type EarlierRenditions,
} from './earlier-renditions.ts';
import type { CostedOutcome, ImageWork } from './image-work.ts';
import type { PinnedSource } from './pinned-source.ts';
import type { PlannedRendition } from './planned-rendition.ts';
import type { RenderedFile } from './pool/protocol.ts';
import { uploadRenditions } from './upload.ts';

/** What is to be made of one image, and what there is of it already. */
export interface PlannedImage {
  readonly pinned: PinnedSource;
  readonly planned: readonly PlannedRendition[];
  readonly earlier: EarlierRenditions;
}

const sumBytes = (files: readonly { readonly bytes: number }[]): number => files.reduce((sum, f) => sum + f.bytes, 0);

/** Written into each rendition's tag: who made it. */
const jobOf = (shard: Shard): string => shard.job ?? shard.shard;

async function lookForEarlier(work: ImageWork, source: Source, pinned: PinnedSource, planned: PlannedRendition[]) {
  const { shard, receiveCount } = work;
  // Nothing can be there on the first try of a plan that found its output prefix empty.
  if (shard.fresh && receiveCount === 1 && source.attempts === 0) return believedAbsent(planned);
  if (shard.force) return unknownRenditions;
  return findEarlierRenditions(work.s3, work.resultsBucket, pinned.identity, planned, work.signal);
}

/** @throws FanlightError SOURCE_CHANGED when a newer version is rendered; ENTRY_UNSAFE for a name too long; Unavailable */
export async function planImage(work: ImageWork, source: Source, pinned: PinnedSource): Promise<PlannedImage> {
  const planned = work.plan(source.name, pinned.version);
  return { pinned, planned, earlier: await lookForEarlier(work, source, pinned, planned) };
}

/**
 * The outcome of an image of which everything is there already. Made by this very job, that is, before a crash that kept the receipt
 * from being written, it is this job's success.
 */
export function alreadyDone(work: ImageWork, { pinned, planned, earlier }: PlannedImage): CostedOutcome | undefined {
  const { current, jobs } = earlier;
  if (current.size < planned.length) return undefined;
  const renditions = [...current.values()];
  if (!jobs.has(jobOf(work.shard))) return { status: 'skipped', reason: 'already-done', renditions };
  return { status: 'succeeded', renditions, bytesIn: pinned.sizeBytes, bytesOut: sumBytes(renditions) };
}

/** Names without extension, sizes and paths of what is there now, in the recipe's order. */
function resultsOf({ planned, earlier }: PlannedImage, files: readonly RenderedFile[]) {
  const rendered = new Map(files.map((file) => [file.fileName, file]));
  return new Map(
    planned.map(({ spec, fileName, key }): [string, RenditionResult] => {
      const result = rendered.get(fileName) ?? earlier.current.get(fileName);
      if (result === undefined) throw new Error(`the renderer did not write ${fileName}`);
      const { width, height, bytes } = result;
      return [fileName, { name: spec.name, key, format: spec.format, width, height, bytes }];
    }),
  );
}

async function upload(work: ImageWork, image: PlannedImage, files: readonly RenderedFile[]) {
  const { s3, resultsBucket: bucket, shard, signal } = work;
  const { pinned: source, planned, earlier } = image;
  const results = resultsOf(image, files);
  const paths = new Map(files.map(({ fileName, path }) => [fileName, path]));
  const destination = { s3, bucket, source, places: earlier.places, signal };
  await uploadRenditions({ ...destination, job: jobOf(shard), planned, results, paths });
  return [...results.values()];
}

/**
 * Renders and uploads what is not there yet.
 *
 * @param directory the image's own, for what is made
 * @param inputPath the image's bytes; gone afterwards
 * @throws Unavailable; anything else is unexpected
 */
export async function renderFile(
  work: ImageWork,
  image: PlannedImage,
  directory: string,
  inputPath: string,
): Promise<CostedOutcome> {
  const { shard, signal } = work;
  const { pinned, planned, earlier } = image;
  const fileNames = planned.map(({ fileName }) => fileName).filter((fileName) => !earlier.current.has(fileName));
  const queuedMs = performance.now();
  let startedMs = queuedMs;
  const onStart = () => void (startedMs = performance.now());
  const rendered = await work.pool.run(
    { inputPath, outputDir: directory, recipe: shard.recipe, fileNames, timeoutMs: work.imageTimeoutMs },
    { signal, onStart },
  );
  const computeMs = performance.now() - startedMs;
  await unlink(inputPath);
  const cost = { bytesIn: pinned.sizeBytes, computeMs, waitedMs: startedMs - queuedMs };
  const input = rendered.input === undefined ? {} : { input: { ...rendered.input, bytes: pinned.sizeBytes } };
  if (rendered.status === 'failed') {
    if (errorCodes[rendered.error.code].kind === 'transient') throw new Error(rendered.error.message);
    return { status: 'failed', error: rendered.error, ...input, ...cost };
  }
  const renditions = await upload(work, image, rendered.files);
  return { status: 'succeeded', renditions, bytesOut: sumBytes(rendered.files), ...input, ...cost };
}
