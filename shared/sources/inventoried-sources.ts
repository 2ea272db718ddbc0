import type { S3Client } from '@aws-sdk/client-s3';
import { parseS3Uri, type JobSource, type S3Location } from '../core/manifest-sources.ts';
import { claimsToBeImage } from '../core/source.ts';
import type { SourcePolicy } from '../core/source-policy.ts';
import { filterOf } from './filters.ts';
import type { Found, NamedObject } from './found.ts';
import { readInventory } from './inventory/read-inventory.ts';
import { filtered } from './prefixed-sources.ts';

export interface InventoriedSourcesOptions {
  readonly named: NamedObject;
  readonly isReadOtherwise: (location: S3Location) => boolean;
  readonly policy: SourcePolicy;
}

/** The objects of an S3 Inventory. */
export async function* inventoriedSources(
  s3: S3Client,
  source: Extract<JobSource, { inventory: string }>,
  after: string | undefined,
  { named, isReadOtherwise, policy }: InventoriedSourcesOptions,
): AsyncGenerator<Found> {
  const passes = filterOf(source);
  const { mayRead } = policy;
  for await (const found of readInventory(s3, parseS3Uri(source.inventory), { mayRead }, after)) {
    const { bucket, key, etag, versionId, sizeBytes, modifiedMs } = found;
    if (isReadOtherwise({ bucket, key })) continue;
    const object = named(
      { bucket, key },
      { version: { etag, versionId }, size: sizeBytes, claimed: claimsToBeImage(key) },
    );
    yield { source: filtered(object, passes?.({ path: key, sizeBytes, modifiedMs }) ?? true), after: found.after };
  }
}
