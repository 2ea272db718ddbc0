import { FanlightError } from './errors.ts';
import { locationOf, parseS3Uri, type JobSource } from './manifest-sources.ts';
import { checkUrl } from './url-policy.ts';

/** What a deployment lets manifests and lists name: their uploaders are not trusted (field note 17). */
export interface SourcePolicy {
  readonly mayRead: (bucket: string) => boolean;
  /** @throws FanlightError ACCESS_DENIED */
  readonly checkBucket: (bucket: string) => void;
  /** @throws FanlightError URL_REFUSED */
  readonly checkUrl: (url: string) => void;
}

/** @param buckets that the stack may read and does not write */
export function sourcePolicy(buckets: readonly string[], urlHosts: readonly string[]): SourcePolicy {
  const readable = new Set(buckets);
  return {
    mayRead: (bucket) => readable.has(bucket),
    checkBucket(bucket) {
      if (readable.has(bucket)) return;
      throw new FanlightError(
        'ACCESS_DENIED',
        `the stack may read ${buckets.join(', ')} only (given bucket ${bucket})`,
      );
    },
    checkUrl: (url) => void checkUrl(url, urlHosts),
  };
}

/**
 * Checks what sources name themselves; what their lists name is checked when it is read.
 *
 * @throws FanlightError ACCESS_DENIED or URL_REFUSED with the place of the first source that may not be read
 */
export function checkSources(policy: SourcePolicy, sources: readonly JobSource[]): void {
  for (const [index, source] of sources.entries()) {
    const path = `sources[${index}]`;
    try {
      if ('url' in source) policy.checkUrl(source.url);
      const buckets = [
        locationOf(source)?.bucket,
        'list' in source && source.base ? parseS3Uri(source.base).bucket : undefined,
      ];
      for (const bucket of buckets) if (bucket !== undefined) policy.checkBucket(bucket);
    } catch (error) {
      if (!(error instanceof FanlightError)) throw error;
      throw new FanlightError(error.code, `${path}: ${error.message}`, { path, cause: error });
    }
  }
}
