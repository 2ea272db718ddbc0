import { recordReceipt } from '../../shared/aws/stored-receipts.ts';
import type { Route } from '../../shared/core/deployment.ts';
import { failedReceipt } from '../../shared/core/failed-receipt.ts';
import { shortHash } from '../../shared/core/hash.ts';
import type { Failure } from '../../shared/core/outcome.ts';
import { packShards, type PackingTarget, type ShardTemplate } from '../../shared/core/pack-shards.ts';
import { messageGroupOf } from '../../shared/core/shard.ts';
import { claimsToBeImage, type Source } from '../../shared/core/source.ts';
import type { UploadEvent } from '../../shared/core/upload-event.ts';
import { resolveRecipe } from './resolve-recipe.ts';
import type { Splitter } from './splitter.ts';

/** Somebody waits for these: a shard of 2 s still amortises its requests to a few percent, and one of 10 s would be slow. */
const singleImagePacking: PackingTarget = { maxShardWorkMs: 2_000, parallelism: 1 };

const identityOf = ({ bucket, key, sequencer }: UploadEvent): string => JSON.stringify([bucket, key, sequencer]);

/** Duplicate events once, in an order that the batch has no influence on: so a redelivery gives the same shards. */
function distinct(uploads: readonly UploadEvent[]): UploadEvent[] {
  const byIdentity = new Map(uploads.map((upload) => [identityOf(upload), upload]));
  return [...byIdentity].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, upload]) => upload);
}

function sourceOf({ bucket, key, etag, versionId, sequencer, sizeBytes }: UploadEvent, ordinal: number): Source {
  const version = { etag, versionId, sequencer };
  return { ordinal, name: key, bucket, key, version, size: sizeBytes, claimed: claimsToBeImage(key), attempts: 0 };
}

function shardIdOf(sources: readonly Source[]): string {
  return shortHash(...sources.flatMap(({ bucket, key, version }) => [bucket, key, version.sequencer ?? '']));
}

/**
 * Bundles single images of one route into shards and sends them.
 *
 * @param fresh this is the first delivery of all of them
 */
export async function sendImages(
  splitter: Splitter,
  route: Route,
  uploads: readonly UploadEvent[],
  fresh: boolean,
): Promise<void> {
  const template: ShardTemplate = {
    v: 1,
    route: route.prefix,
    part: 0,
    recipe: resolveRecipe(splitter.deployment, route.recipe),
    output: { prefix: route.output.prefix },
    fresh,
    force: false,
    hop: 0,
    transient: 0,
  };
  const images = distinct(uploads).map((upload, ordinal) => ({ source: sourceOf(upload, ordinal) }));
  const shards = packShards(template, images, singleImagePacking).map((shard) => ({
    ...shard,
    shard: shardIdOf(shard.sources),
  }));
  const groupId = messageGroupOf(template);
  await splitter.shardsQueue.send(shards.map((shard) => ({ body: JSON.stringify(shard), groupId })));
  splitter.logger.info('single images sent', {
    route: route.prefix,
    images: uploads.length,
    shards: shards.map(({ shard }) => shard),
  });
}

/** Records single images that their route does not take as failed, one receipt for each reason. */
export async function recordRefusedImages(
  splitter: Splitter,
  route: Route,
  refused: readonly { upload: UploadEvent; failure: Failure }[],
): Promise<void> {
  for (const group of Map.groupBy(refused, ({ failure }) => failure.message).values()) {
    const uploads = distinct(group.map(({ upload }) => upload));
    const sources = uploads.map(sourceOf);
    const origin = { route: route.prefix, part: 0, shard: shardIdOf(sources), hop: 0 };
    // The events' time, not the clock's: a redelivery writes the same receipt.
    const at = uploads.map(({ eventTime }) => eventTime).reduce((a, b) => (a > b ? a : b));
    const failure = group[0]?.failure ?? { code: 'UNSUPPORTED_FORMAT', message: '' };
    const receipt = failedReceipt(origin, sources, failure, { by: 'splitter', at });
    await recordReceipt(splitter.store, splitter.receiptsQueue, receipt, sources.length);
    splitter.logger.warn('single images refused', { route: route.prefix, images: sources.length, code: failure.code });
  }
}
