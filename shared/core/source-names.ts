import type { JobSource, S3Location } from './manifest-sources.ts';
import { locationOf, parseS3Uri } from './manifest-sources.ts';
import type { Failure } from './outcome.ts';

/** What names depend on: where a job's images are. */
export interface NamedSources {
  readonly sources: readonly JobSource[];
  readonly relativeTo?: string | undefined;
}

/** Gives each object of a job the name that results and output keys have it by. */
export interface SourceNamer {
  readonly nameOf: (location: S3Location) => string;
  /** Why an object may not have its name: something else may have it as well. */
  readonly collisionOf: (location: S3Location) => Failure | undefined;
}

const uriOfObject = ({ bucket, key }: S3Location): string => `s3://${bucket}/${key}`;

/** Between an archive's name and that of its member. */
export const memberSeparator = '#';

/** Buckets that a job's sources name; an inventory tells its own only when it is read. */
function namedBuckets(sources: readonly JobSource[]): Set<string> {
  return new Set(
    sources.flatMap((source) => {
      if ('inventory' in source || 'url' in source) return [];
      const location = 'list' in source && source.base !== undefined ? parseS3Uri(source.base) : locationOf(source);
      return location === undefined ? [] : [location.bucket];
    }),
  );
}

/** Names below a prefix; undefined for what does not lie there. */
function relativeName({ bucket, key }: S3Location, base: S3Location): string | undefined {
  const lies = bucket === base.bucket && key.startsWith(base.key) && key.length > base.key.length;
  return lies ? key.slice(base.key.length) : undefined;
}

function nameFunction({ sources, relativeTo }: NamedSources): (location: S3Location) => string {
  if (relativeTo !== undefined) {
    const base = parseS3Uri(relativeTo);
    return (location) => relativeName(location, base) ?? uriOfObject(location);
  }
  const [only] = sources;
  if (sources.length === 1 && only !== undefined) {
    if ('inventory' in only) return ({ key }) => key;
    if ('prefix' in only) {
      const { key: prefix } = parseS3Uri(only.prefix);
      const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      return ({ key }) => key.slice(directory.length);
    }
  }
  const buckets = namedBuckets(sources);
  return (location) => {
    const { bucket, key } = location;
    if (!buckets.has(bucket)) return uriOfObject(location);
    return buckets.size > 1 ? `${bucket}/${key}` : key;
  };
}

/**
 * How images of a job are named in results and output keys (ADR 0002): relative to `relativeTo`, or to a prefix that is the only
 * source; otherwise by the whole key, and by bucket and key where several buckets meet. What is elsewhere has its URI. Injective by
 * construction but for names that look like a URI or like a member, which are compared here: no set of all names is needed.
 */
export function sourceNamer(job: NamedSources): SourceNamer {
  const nameOf = nameFunction(job);
  const archives = job.sources.flatMap((source) => ('archive' in source ? [nameOf(parseS3Uri(source.archive))] : []));
  const hasUris =
    job.relativeTo !== undefined ||
    job.sources.some(
      (source) => 'url' in source || 'list' in source || ('inventory' in source && job.sources.length > 1),
    );
  return {
    nameOf,
    collisionOf(location) {
      const name = nameOf(location);
      const archive = archives.find((each) => name.startsWith(`${each}${memberSeparator}`));
      if (archive !== undefined)
        return { code: 'KEY_COLLISION', message: `a member of ${archive} may have the same name`.slice(0, 500) };
      if (hasUris && /^(s3|https):\/\//.test(name) && name !== uriOfObject(location))
        return { code: 'KEY_COLLISION', message: 'the name could be taken for a URI' };
      return undefined;
    },
  };
}
