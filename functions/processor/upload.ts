import { CopyObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createReadStream, type ReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { outputFormats } from '../../shared/core/formats.ts';
import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import type { RenditionResult } from '../../shared/core/outcome.ts';
import { formatRenditionTag, tagRuns, type TaggedRendition } from '../../shared/core/rendition-tag.ts';
import type { PlannedRendition } from './planned-rendition.ts';
import { Interrupted, retried, throwAs, Unavailable } from './unavailable.ts';

/** Up to this a body is sent from memory: the SDK can repeat it, and hashes it in one go. */
const maxBufferedBytes = 1_048_576;
/** PUTs of one image at once. */
const maxConcurrentPuts = 4;

/** Renditions of one image that are to become, or are already, objects. */
export interface ImageUpload {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Written into each tag: the job, or the shard of single uploads. */
  readonly job: string;
  readonly planned: readonly PlannedRendition[];
  /** By file name, of all that is planned. */
  readonly results: ReadonlyMap<string, RenditionResult>;
  /** By file name: rendered now. What is planned and has none is in the bucket already. */
  readonly paths: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

function taggedRun(upload: ImageUpload, run: readonly PlannedRendition[]): TaggedRendition[] {
  return run.flatMap(({ fileName, idempotencyKey }) => {
    const result = upload.results.get(fileName);
    return result === undefined ? [] : [[fileName, idempotencyKey, result.width, result.height, result.bytes]];
  });
}

function objectHeaders(upload: ImageUpload, item: PlannedRendition, renditions: TaggedRendition[] | undefined) {
  return {
    Bucket: upload.bucket,
    Key: item.key,
    ContentType: outputFormats[item.spec.format].contentType,
    Metadata: formatRenditionTag({ key: item.idempotencyKey, job: upload.job, renditions }),
  };
}

async function put(upload: ImageUpload, item: PlannedRendition, renditions?: TaggedRendition[]): Promise<void> {
  const path = upload.paths.get(item.fileName);
  const sizeBytes = upload.results.get(item.fileName)?.bytes;
  if (path === undefined || sizeBytes === undefined) return;
  const headers = objectHeaders(upload, item, renditions);
  const send = (body: Buffer | ReadStream) =>
    upload.s3.send(new PutObjectCommand({ ...headers, Body: body, ContentLength: sizeBytes }), {
      abortSignal: upload.signal,
    });
  if (sizeBytes <= maxBufferedBytes) await send(await readFile(path)).catch(throwAs(Unavailable));
  else await retried(upload.signal, () => send(createReadStream(path)).catch(throwAs(Interrupted)));
}

/** Gives an object that stays as it is a new list: S3 has no other way to change metadata than a copy onto itself. */
async function retag(upload: ImageUpload, item: PlannedRendition, renditions: TaggedRendition[]): Promise<void> {
  const source = [upload.bucket, ...item.key.split('/')].map(encodeURIComponent).join('/');
  const input = {
    ...objectHeaders(upload, item, renditions),
    CopySource: source,
    MetadataDirective: 'REPLACE',
  } as const;
  await upload.s3.send(new CopyObjectCommand(input), { abortSignal: upload.signal }).catch(throwAs(Unavailable));
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
 * @throws Unavailable
 */
export async function uploadRenditions(upload: ImageUpload): Promise<void> {
  for (const run of tagRuns(upload.planned)) await uploadRun(upload, run);
}
