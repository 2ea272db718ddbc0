import { sourcePolicy, type SourcePolicy } from '../../shared/core/source-policy.ts';
import type { Splitter } from './splitter.ts';

/** A manifest may name what the deployment lets it read, and nothing that this stack writes. */
export function policyOf({ uploadsBucket, sourceBuckets, urlHosts, store }: Splitter): SourcePolicy {
  return sourcePolicy(
    [uploadsBucket, ...sourceBuckets].filter((bucket) => bucket !== store.bucket),
    urlHosts,
  );
}
