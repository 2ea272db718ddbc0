import { renditionKey } from '../../shared/core/output-key.ts';
import { idempotencyKey } from '../../shared/core/rendition-tag.ts';
import { expandRenditions, renditionFingerprint, type RenditionSpec } from '../../shared/core/renditions.ts';
import type { Shard } from '../../shared/core/shard.ts';

/** One file to be made of one image. */
export interface PlannedRendition {
  readonly spec: RenditionSpec;
  readonly fileName: string;
  /** In the results bucket. */
  readonly key: string;
  readonly idempotencyKey: string;
}

/** Plans the renditions of each image of a shard, in the recipe's order; what depends on the recipe alone is computed once. */
export function renditionPlanner(shard: Shard): (sourceName: string, sourceVersion: string) => PlannedRendition[] {
  const specs = expandRenditions(shard.recipe).map((spec) => ({
    spec,
    fingerprint: renditionFingerprint(shard.recipe, spec),
  }));
  return (sourceName, sourceVersion) =>
    specs.map(({ spec, fingerprint }) => ({
      spec,
      fileName: spec.fileName,
      key: renditionKey(shard.output, sourceName, spec.fileName),
      idempotencyKey: idempotencyKey(sourceVersion, fingerprint),
    }));
}
