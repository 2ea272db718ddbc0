import type { S3Client } from '@aws-sdk/client-s3';
import { FanlightError } from '../core/errors.ts';
import { parseS3Uri, type JobSource } from '../core/manifest-sources.ts';
import { failureOf, type Failure } from '../core/outcome.ts';
import type { SourcePolicy } from '../core/source-policy.ts';
import type { Found, FoundSource, NamedObject } from './found.ts';
import { openObject } from './open-object.ts';
import { readList, type ListedItem } from './list/read-list.ts';

export interface ListedSourcesOptions {
  readonly named: NamedObject;
  readonly policy: SourcePolicy;
}

/** A line that names no image of its own has an outcome by its own name. */
function failed(about: Pick<FoundSource, 'name' | 'bucket' | 'key'>, error: Failure): FoundSource {
  return { ...about, version: {}, claimed: true, attempts: 0, verdict: { status: 'failed', error } };
}

function refusalOf(check: () => void): Failure | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof FanlightError) return failureOf(error);
    throw error;
  }
}

function sourceOf(item: ListedItem, { named, policy }: ListedSourcesOptions): FoundSource {
  if (item.kind === 'refused') return failed({ name: item.name, bucket: '', key: '' }, failureOf(item));
  if (item.kind === 'url') {
    const { url } = item;
    const refusal = refusalOf(() => policy.checkUrl(url));
    const about = { name: url, bucket: '', key: '' };
    if (refusal !== undefined) return failed(about, refusal);
    return { ...about, url, version: {}, claimed: true, attempts: 0 };
  }
  const { bucket, key, etag, versionId, sizeBytes } = item;
  const source = named({ bucket, key }, { version: { etag, versionId }, size: sizeBytes, claimed: true });
  const refusal = refusalOf(() => policy.checkBucket(bucket));
  return refusal === undefined ? source : { ...source, verdict: { status: 'failed', error: refusal } };
}

/** What a list names, line by line. A cursor names the list's version too. */
export async function* listedSources(
  s3: S3Client,
  source: Extract<JobSource, { list: string }>,
  after: string | undefined,
  options: ListedSourcesOptions,
): AsyncGenerator<Found> {
  const location = parseS3Uri(source.list);
  const space = after?.indexOf(' ') ?? -1;
  const opened = await openObject(s3, location, { etag: after?.slice(0, space), frontBytes: 1 });
  if (opened === undefined) throw new FanlightError('EMPTY_SOURCE', 'the list has no bytes');
  const { etag, sizeBytes } = opened;
  const base = source.base === undefined ? { bucket: location.bucket, key: '' } : parseS3Uri(source.base);
  const list = { ...location, pin: { IfMatch: `"${etag}"` }, sizeBytes, column: source.column, base };
  for await (const item of readList(s3, list, after?.slice(space + 1)))
    yield { source: sourceOf(item, options), after: `${etag} ${item.after}` };
}
