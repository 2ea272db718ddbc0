import type { ManifestDocument } from '../../shared/client/job-client.ts';
import { UploadPointerSchema } from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { uploadsBucket } from './deployment.ts';
import { putSources } from './job-sources.ts';
import type { StoredObject } from './simulated-bucket.ts';
import type { ContentKind } from './simulated-pool.ts';
import type { World } from './world.ts';

/**
 * What lies under a name: bytes of some kind, none at all, or no object; a member of a zip whose CRC is wrong, or a line of a list that
 * cannot be read. In an archive a name may lie twice.
 */
export interface ImageSpec {
  readonly name: string;
  readonly content: ContentKind | 'empty' | 'missing' | 'damaged' | 'nonsense';
}

/** A job made by code. */
export interface JobSpec {
  readonly name: string;
  readonly images: readonly ImageSpec[];
  readonly recipe?: 'one' | 'two';
  /** What the manifest names: a prefix, each object, an archive, a list of keys, or two archives and a prefix. */
  readonly by?: 'prefix' | 'objects' | 'zip' | 'tar' | 'list' | 'mixed';
  /** Of the splitter; as deployed when absent. */
  readonly splitterTimeoutMs?: number;
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
  if (spec.splitterTimeoutMs !== undefined) world.timeoutMs.splitter = spec.splitterTimeoutMs;
  const outputPrefix = `${spec.name}/`;
  const output = { prefix: outputPrefix };
  const manifest: ManifestDocument = { recipe: spec.recipe ?? 'one', ...putSources(world, spec), output };
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
