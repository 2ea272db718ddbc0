import type { S3Client } from '@aws-sdk/client-s3';
import { FanlightError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { parseS3Uri, uriOf, type JobSource, type S3Location } from '../core/manifest-sources.ts';
import { failureOf } from '../core/outcome.ts';
import type { PlannedSource } from '../core/part-filler.ts';
import type { Cursor } from '../core/plan.ts';
import type { Target } from '../core/shard.ts';
import type { SourcePolicy } from '../core/source-policy.ts';
import { sourceNamer, type SourceNamer } from '../core/source-names.ts';
import { sourceReadError } from '../aws/aws-error.ts';
import type { Found, FoundSource, NamedObject } from './found.ts';
import type { KeyRanges } from './list-prefix.ts';
import { listedSources } from './listed-sources.ts';
import { inventoriedSources } from './inventoried-sources.ts';
import { prefixedSources } from './prefixed-sources.ts';
import { readArchive, type ArchiveNames } from './read-archive.ts';
import type { ScratchWriter } from './tar/compressed-tar.ts';

/** What reading a job's sources needs. */
export interface SourceReading {
  readonly s3: S3Client;
  readonly job: Pick<Job, 'sources' | 'relativeTo' | 'targets' | 'upload'>;
  /** What the deployment lets a manifest name. */
  readonly policy: SourcePolicy;
  /** Takes the members of the compressed tar that is the source of this number. */
  readonly scratchFor: (source: number) => ScratchWriter;
  /** Keeps the key ranges in which the prefix of this number is listed. */
  readonly rangesFor: (source: number) => KeyRanges;
  readonly names: ArchiveNames;
  readonly outOfTime: () => boolean;
}

const sameObject = (a: S3Location, b: S3Location): boolean => a.bucket === b.bucket && a.key === b.key;

/** Objects that a prefix leaves out: they are read as something else than images. */
function readOtherwise({ sources, upload }: SourceReading['job']): (location: S3Location) => boolean {
  const others = sources.flatMap((source) =>
    'archive' in source || 'list' in source || 'inventory' in source ? [parseS3Uri(uriOf(source))] : [],
  );
  const all = [upload, ...others];
  return (location) => all.some((other) => sameObject(other, location));
}

function objectNamer({ nameOf, collisionOf }: SourceNamer): NamedObject {
  return (location, { version, claimed, size }) => {
    const error = collisionOf(location);
    return {
      name: nameOf(location),
      ...location,
      version,
      ...(size === undefined ? {} : { size }),
      claimed,
      attempts: 0,
      ...(error === undefined ? {} : { verdict: { status: 'failed', error } }),
    };
  };
}

/** A source that is no longer than one image. */
function single(source: FoundSource): Found[] {
  return [{ source, after: '' }];
}

const unversioned = { version: {}, claimed: true };

/** Its reader for each kind of source. */
function reader(
  reading: SourceReading,
  namer: SourceNamer,
  isReadOtherwise: (location: S3Location) => boolean,
): (source: JobSource, index: number, after: string | undefined) => AsyncIterable<Found> | Found[] {
  const { s3, job, policy, outOfTime } = reading;
  const named = objectNamer(namer);
  return (source, index, after) => {
    if ('object' in source) return single(named(parseS3Uri(source.object), unversioned));
    if ('url' in source)
      return single({ name: source.url, bucket: '', key: '', url: source.url, ...unversioned, attempts: 0 });
    if ('prefix' in source)
      return prefixedSources(s3, source, after, { named, isReadOtherwise, ranges: reading.rangesFor(index) });
    if ('list' in source) return listedSources(s3, source, after, { named, policy });
    if ('inventory' in source) return inventoriedSources(s3, source, after, { named, isReadOtherwise, policy });
    const location = parseS3Uri(source.archive);
    const collision = namer.collisionOf(location);
    if (collision !== undefined) throw new FanlightError(collision.code, collision.message);
    return readArchive(
      {
        s3,
        location,
        name: namer.nameOf(location),
        etag: sameObject(location, job.upload) ? job.upload.etag : undefined,
        scratch: reading.scratchFor(index),
        names: reading.names,
        outOfTime,
      },
      after,
    );
  };
}

function targetOf({ targets = [] }: SourceReading['job'], { target = 0 }: JobSource): Target | undefined {
  return target === 0 ? undefined : targets[target - 1];
}

/** A source that cannot be read any further has one outcome for all that is left of it, so that the other sources go on. */
function unreadable(source: JobSource, { nameOf }: SourceNamer, error: FanlightError): FoundSource {
  const location = 'url' in source ? { bucket: '', key: '' } : parseS3Uri(uriOf(source));
  return {
    name: 'archive' in source ? nameOf(location) : uriOf(source),
    ...location,
    ...unversioned,
    attempts: 0,
    verdict: { status: 'failed', error: failureOf(error) },
  };
}

/** With the source's URI in front, which is what its owner knows. */
function aboutSource(source: JobSource, thrown: unknown): FanlightError {
  const { code, kind, message } = sourceReadError(thrown);
  const verb = 'prefix' in source ? 'listed' : 'read';
  return new FanlightError(code, `${uriOf(source)} cannot be ${verb}: ${message}`, { kind, cause: thrown });
}

/**
 * The images of a job from a cursor on, as they are consumed.
 *
 * @throws FanlightError with the source's URI: transient when S3 is not available; permanent when the job's only source cannot be read
 */
export async function* readSources(reading: SourceReading, start: Cursor): AsyncGenerator<PlannedSource> {
  const { job } = reading;
  const namer = sourceNamer(job);
  const read = reader(reading, namer, readOtherwise(job));
  for (const [index, source] of job.sources.entries()) {
    if (index < start.source) continue;
    const next: Cursor = { source: index + 1 };
    const target = targetOf(job, source);
    const isSingle = 'object' in source || 'url' in source;
    try {
      for await (const found of read(source, index, index === start.source ? start.after : undefined))
        yield { source: found.source, after: isSingle ? next : { source: index, after: found.after }, target };
    } catch (thrown) {
      const error = aboutSource(source, thrown);
      if (error.kind !== 'permanent' || job.sources.length === 1) throw error;
      yield { source: unreadable(source, namer, error), after: next, target };
    }
  }
}
