import type { ManifestDocument } from '../../shared/client/job-client.ts';
import { UploadPointerSchema } from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { uploadsBucket } from './deployment.ts';
import type { StoredObject } from './simulated-bucket.ts';
import type { ContentKind } from './simulated-pool.ts';
import type { World } from './world.ts';

/** What lies under a name: bytes of some kind, none at all, or no object. */
export interface ImageSpec {
  readonly name: string;
  readonly content: ContentKind | 'empty' | 'missing';
}

/** A job made by code. */
export interface JobSpec {
  readonly name: string;
  readonly images: readonly ImageSpec[];
  readonly recipe?: 'one' | 'two';
  /** The manifest names a prefix, or each object: only so can one be missing. */
  readonly by?: 'prefix' | 'objects';
}

/** A job that was submitted. */
export interface SubmittedJob {
  readonly spec: JobSpec;
  /** The manifest's key and ETag lead to the job's id, once the splitter has taken it up. */
  readonly pointerKey: string;
  readonly outputPrefix: string;
}

/** Puts into the uploads bucket as its users do, which tells the uploads queue: each time with another sequencer. */
export function upload(world: World, key: string, text: string): StoredObject {
  const stored = world.put(uploadsBucket, key, Buffer.from(text));
  const sequencer = world.unique().toString(16).toUpperCase().padStart(16, '0');
  const object = { key: encodeURIComponent(key).replaceAll('%20', '+'), size: stored.body.length, eTag: stored.etag };
  const record = {
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    eventTime: new Date(world.nowMs).toISOString(),
    s3: { bucket: { name: uploadsBucket }, object: { ...object, sequencer } },
  };
  world.send('uploads', JSON.stringify({ Records: [record] }));
  return stored;
}

/** Puts the sources of a job where no route takes them, then its manifest. */
export function submit(world: World, spec: JobSpec): SubmittedJob {
  const folder = `runs/${spec.name}/`;
  for (const { name, content } of spec.images) {
    if (content === 'missing') continue;
    const body = content === 'empty' ? '' : `${content} ${name}`;
    world.put(uploadsBucket, `${folder}${name}`, Buffer.from(body));
  }
  const uri = `s3://${uploadsBucket}/${folder}`;
  const sources =
    spec.by === 'objects' ? spec.images.map(({ name }) => ({ object: `${uri}${name}` })) : [{ prefix: uri }];
  const outputPrefix = `${spec.name}/`;
  const manifest: ManifestDocument = { recipe: spec.recipe ?? 'one', sources, output: { prefix: outputPrefix } };
  const key = `jobs/${spec.name}.fanlight.json`;
  const { etag } = upload(world, key, JSON.stringify(manifest));
  return { spec, pointerKey: stateKey.uploadPointer(uploadsBucket, key, etag), outputPrefix };
}

/** Undefined until the splitter has announced the job. */
export function jobIdOf(world: World, { pointerKey }: SubmittedJob): string | undefined {
  const pointer = world.results().get(pointerKey);
  return pointer === undefined ? undefined : UploadPointerSchema.parse(JSON.parse(pointer.body.toString())).job;
}

/** True when the job has its report and its marker is gone. */
export function hasEnded(world: World, submitted: SubmittedJob): boolean {
  const job = jobIdOf(world, submitted);
  if (job === undefined) return false;
  const results = world.results();
  return results.get(stateKey.reportJson(job)) !== undefined && results.get(stateKey.active(job)) === undefined;
}

/** Live queues without any message. */
export function isDrained({ queues: { uploads, shards, receipts, rescue } }: World): boolean {
  return [uploads, shards, receipts, rescue].every(({ messages }) => messages.length === 0);
}

/** Small parts and shards, so that a job of a dozen images has several of both. Given back by `using`. */
export function lowerLimits(lowered: { readonly [Name in keyof typeof limits]?: number }): Disposable {
  const before = { ...limits };
  Object.assign(limits, lowered);
  return { [Symbol.dispose]: () => void Object.assign(limits, before) };
}
