import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createReadStream, type ReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { outputFormats } from '../../shared/core/formats.ts';
import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import type { RenditionResult } from '../../shared/core/outcome.ts';
import { formatRenditionTag, tagRuns, type TaggedRendition } from '../../shared/core/rendition-tag.ts';
import type { PlannedRendition } from './planned-rendition.ts';
import { Interrupted, retried, Unavailable } from './unavailable.ts';
import { throwUnlessLost, writeIfNewest, type ConditionalWrite, type Destination } from './write-if-newest.ts';

/** Up to this a body is sent from memory: the SDK can repeat it, and hashes it in one go. */
const maxBufferedBytes = 1_048_576;
/** PUTs of one image at once. */
const maxConcurrentPuts = 4;

/** Renditions of one image that are to become, or are already, objects. */
export interface ImageUpload extends Destination {
  /** Written into each tag: the job, or the shard of single uploads. */
  readonly job: string;
  readonly planned: readonly PlannedRendition[];
  /** By file name, of all that is planned. */
  readonly results: ReadonlyMap<string, RenditionResult>;
  /** By file name: rendered now. What is planned and has none is in the bucket already. */
  readonly paths: ReadonlyMap<string, string>;
}

function taggedRun(upload: ImageUpload, run: readonly PlannedRendition[]): TaggedRendition[] {
  return run.flatMap(({ fileName, idempotencyKey }) => {
    const result = upload.results.get(fileName);
    return result === undefined ? [] : [[fileName, idempotencyKey, result.width, result.height, result.bytes]];
  });
}

function writeInput(
  { bucket, job }: ImageUpload,
  item: PlannedRendition,
  { condition, source }: ConditionalWrite,
  renditions: TaggedRendition[] | undefined,
) {
  return {
    ...condition,
    Bucket: bucket,
    Key: item.key,
    ContentType: outputFormats[item.spec.format].contentType,
    Metadata: formatRenditionTag({ key: item.idempotencyKey, job, source, renditions }),
  };
}

async function put(upload: ImageUpload, item: PlannedRendition, renditions?: TaggedRendition[]): Promise<void> {
  const { s3, signal } = upload;
  const path = upload.paths.get(item.fileName);
  const sizeBytes = upload.results.get(item.fileName)?.bytes;
  if (path === undefined || sizeBytes === undefined) return;
  const buffered = sizeBytes <= maxBufferedBytes ? await readFile(path) : undefined;
  await writeIfNewest(upload, item.key, (how) => {
    const input = { ...writeInput(upload, item, how, renditions), ContentLength: sizeBytes };
    const send = (Body: Buffer | ReadStream) =>
      s3.send(new PutObjectCommand({ ...input, Body }), { abortSignal: signal });
    if (buffered !== undefined) return send(buffered).catch(throwUnlessLost(Unavailable));
    return retried(signal, () => send(createReadStream(path)).catch(throwUnlessLost(Interrupted)));
  });
}

/** Gives an object that stays as it is a new list: S3 has no other way to change metadata than a copy onto itself. */
async function retag(upload: ImageUpload, item: PlannedRendition, renditions: TaggedRendition[]): Promise<void> {
  const { s3, bucket, signal } = upload;
  const CopySource = [bucket, ...item.key.split('/')].map(encodeURIComponent).join('/');
  await writeIfNewest(upload, item.key, (how) => {
    const found = how.replaced === 'empty' ? undefined : how.replaced.tag?.key;
    if (found !== item.idempotencyKey) throw new Unavailable(new Error('a rendition was replaced meanwhile'));
    const input = { ...writeInput(upload, item, how, renditions), CopySource, MetadataDirective: 'REPLACE' } as const;
    return s3.send(new CopyObjectCommand(input), { abortSignal: signal }).catch(throwUnlessLost(Unavailable));
  });
}

async function uploadRun(upload: ImageUpload, run: readonly PlannedRendition[]): Promise<void> {
  const last = run.at(-1);
  const rendered = run.filter(({ fileName }) => upload.paths.has(fileName));
  if (last === undefined || rendered.length === 0) return;
  const others = rendered.filter((item) => item !== last);
  await mapConcurrently(others, maxConcurrentPuts, (item) => put(upload, item));
  // Only now: its list says that all of them are durable.
  const list = taggedRun(upload, run);
  await (upload.paths.has(last.fileName) ? put(upload, last, list) : retag(upload, last, list));
}

/**
 * Makes objects of what was rendered; the last of each run carries the list and is written when the others are durable.
 *
 * @throws FanlightError SOURCE_CHANGED where a newer version of the source is rendered already; Unavailable
 */
export async function uploadRenditions(upload: ImageUpload): Promise<void> {
  for (const run of tagRuns(upload.planned)) await uploadRun(upload, run);
}
