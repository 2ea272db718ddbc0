import type { S3Client } from '@aws-sdk/client-s3';
import { parseS3Uri, type JobSource, type S3Location } from '../core/manifest-sources.ts';
import { claimsToBeImage } from '../core/source.ts';
import { filterOf } from './filters.ts';
import type { Found, NamedObject } from './found.ts';
import { listPrefix, type KeyRanges } from './list-prefix.ts';

export interface PrefixedSourcesOptions {
  readonly named: NamedObject;
  readonly isReadOtherwise: (location: S3Location) => boolean;
  readonly ranges: KeyRanges;
}

/** What filters make of an object: nothing, or its outcome. */
export function filtered(source: Found['source'], passes: boolean): Found['source'] {
  if (passes || source.verdict !== undefined) return source;
  return { ...source, verdict: { status: 'skipped', reason: 'filtered' } };
}

/** The objects below a prefix, as S3 lists them; folder markers (keys that end in a slash) are left out. The cursor is a key. */
export async function* prefixedSources(
  s3: S3Client,
  source: Extract<JobSource, { prefix: string }>,
  after: string | undefined,
  { named, isReadOtherwise, ranges }: PrefixedSourcesOptions,
): AsyncGenerator<Found> {
  const { bucket, key: prefix } = parseS3Uri(source.prefix);
  const directoryLength = prefix.lastIndexOf('/') + 1;
  const passes = filterOf(source);
  for await (const { key, etag, sizeBytes, modifiedMs } of listPrefix(s3, { bucket, key: prefix }, after, { ranges })) {
    const location = { bucket, key };
    if (key.endsWith('/') || isReadOtherwise(location)) continue;
    const path = key.slice(directoryLength);
    const found = named(location, { version: { etag }, size: sizeBytes, claimed: claimsToBeImage(path) });
    yield { source: filtered(found, passes?.({ path, sizeBytes, modifiedMs }) ?? true), after: key };
  }
}
