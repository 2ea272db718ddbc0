import { FanlightError } from '../../shared/core/errors.ts';
import { locationOf, type ManifestSource } from '../../shared/core/manifest.ts';
import type { Splitter } from './splitter.ts';

/**
 * A manifest may name what the deployment lets it read, and nothing that this stack writes: its uploader is not trusted (field
 * note 17).
 *
 * @throws FanlightError ACCESS_DENIED with the place of the first source in another bucket
 */
export function checkBuckets(splitter: Splitter, sources: readonly ManifestSource[]): void {
  const readable = new Set([splitter.uploadsBucket, ...splitter.sourceBuckets]);
  readable.delete(splitter.store.bucket);
  for (const [index, source] of sources.entries()) {
    const { bucket } = locationOf(source);
    if (readable.has(bucket)) continue;
    throw new FanlightError(
      'ACCESS_DENIED',
      `sources[${index}]: the stack may read ${[...readable].join(', ')} only (given bucket ${bucket})`,
      { path: `sources[${index}]` },
    );
  }
}
