import type { S3Client } from '@aws-sdk/client-s3';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodes, FanlightError } from '../../shared/core/errors.ts';
import { limits } from '../../shared/core/limits.ts';
import type { Outcome, RenditionResult } from '../../shared/core/outcome.ts';
import type { Shard } from '../../shared/core/shard.ts';
import type { Source } from '../../shared/core/source.ts';
import {
  believedAbsent,
  findEarlierRenditions,
  unknownRenditions,
  type EarlierRenditions,
} from './earlier-renditions.ts';
import type { PlannedRendition } from './planned-rendition.ts';
import type { Pool } from './pool/pool.ts';
import type { RenderedFile } from './pool/protocol.ts';
import type { Scratch } from './scratch.ts';
import { pinSource, saveSource, type PinnedSource } from './source-object.ts';
import { uploadRenditions } from './upload.ts';

/** What all images of one delivery share. */
export interface ImageWork {
  readonly s3: S3Client;
  readonly resultsBucket: string;
  readonly pool: Pool;
  readonly scratch: Scratch;
  readonly shard: Shard;
  readonly plan: (sourceName: string, sourceVersion: string) => PlannedRendition[];
  /** Receives of this message, this one included. */
  readonly receiveCount: number;
  readonly imageTimeoutMs: number;
  /** Aborts when the invocation is about to end. */
  readonly signal: AbortSignal;
}

/** What became of an image, and what it cost; no cost is zero. */
export type Verdict = Pick<Outcome, 'status' | 'reason' | 'error' | 'input'> & {
  readonly renditions?: RenditionResult[];
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly computeMs?: number;
  /** For a worker to be free. */
  readonly waitedMs?: number;
};

const sumBytes = (files: readonly { readonly bytes: number }[]): number => files.reduce((sum, f) => sum + f.bytes, 0);

/** Written into each rendition's tag: who made it. */
const jobOf = (shard: Shard): string => shard.job ?? shard.shard;

function checkSize({ sizeBytes }: PinnedSource): void {
  if (sizeBytes === 0) throw new FanlightError('EMPTY_SOURCE', 'the object has no bytes');
  if (sizeBytes > limits.maxImageBytes)
    throw new FanlightError(
      'TOO_LARGE',
      `the object has ${sizeBytes} bytes (at most ${limits.maxImageBytes} are read for one image)`,
    );
}

async function lookForEarlier(work: ImageWork, source: Source, pinned: PinnedSource, planned: PlannedRendition[]) {
  const { shard, receiveCount } = work;
  // Nothing can be there on the first try of a plan that found its output prefix empty.
  if (shard.fresh && receiveCount === 1 && source.attempts === 0) return believedAbsent(planned);
  if (shard.force) return unknownRenditions;
  return findEarlierRenditions(work.s3, work.resultsBucket, pinned.identity, planned, work.signal);
}

/** Made by this very job, that is, before a crash that kept the receipt from being written: then it is this job's success. */
function alreadyDone(work: ImageWork, pinned: PinnedSource, { current, jobs }: EarlierRenditions): Verdict {
  const renditions = [...current.values()];
  if (!jobs.has(jobOf(work.shard))) return { status: 'skipped', reason: 'already-done', renditions };
  return { status: 'succeeded', renditions, bytesIn: pinned.sizeBytes, bytesOut: sumBytes(renditions) };
}

/** Names without extension, sizes and paths of what is there now, in the recipe's order. */
function resultsOf(planned: readonly PlannedRendition[], earlier: EarlierRenditions, files: readonly RenderedFile[]) {
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

/** Downloads, renders and uploads what is not there yet. `directory` is the image's own. */
async function renderInto(
  directory: string,
  work: ImageWork,
  pinned: PinnedSource,
  planned: readonly PlannedRendition[],
  earlier: EarlierRenditions,
): Promise<Verdict> {
  const { s3, resultsBucket: bucket, shard, signal } = work;
  const inputPath = join(directory, 'source');
  await saveSource(s3, pinned, inputPath, signal);
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
  const results = resultsOf(planned, earlier, rendered.files);
  const paths = new Map(rendered.files.map(({ fileName, path }) => [fileName, path]));
  const destination = { s3, bucket, source: pinned, places: earlier.places, signal };
  await uploadRenditions({ ...destination, job: jobOf(shard), planned, results, paths });
  return {
    status: 'succeeded',
    renditions: [...results.values()],
    bytesOut: sumBytes(rendered.files),
    ...input,
    ...cost,
  };
}

/**
 * Makes the renditions of one image that are not there yet.
 *
 * @throws FanlightError (permanent) when the object cannot be read or is refused; OwnOutput; Unavailable; anything else is
 *   unexpected
 */
export async function renderImage(work: ImageWork, source: Source): Promise<Verdict> {
  const pinned = await pinSource(work.s3, source, work.signal);
  checkSize(pinned);
  const planned = work.plan(source.name, pinned.version);
  const earlier = await lookForEarlier(work, source, pinned, planned);
  if (earlier.current.size === planned.length) return alreadyDone(work, pinned, earlier);
  const { scratch } = work;
  return scratch.sourceBytes.hold(pinned.sizeBytes, () =>
    scratch.inDirectory(source.ordinal, (directory) => renderInto(directory, work, pinned, planned, earlier)),
  );
}
