import { readCancellation } from '../../shared/aws/stored-cancellation.ts';
import { recordReceipt } from '../../shared/aws/stored-receipts.ts';
import { failedReceipt } from '../../shared/core/failed-receipt.ts';
import { limits } from '../../shared/core/limits.ts';
import type { Failure } from '../../shared/core/outcome.ts';
import { withoutOutcome } from '../../shared/core/receipt.ts';
import { messageGroupOf, type Shard } from '../../shared/core/shard.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Rescuer } from './rescuer.ts';
import { readShardReceipts } from '../../shared/aws/shard-receipts.ts';

const crashed: Failure = {
  code: 'WORKER_CRASHED',
  message: `the function died ${limits.shardDeliveries} times over this image alone`,
};
const tooManyHops: Failure = {
  code: 'INTERNAL',
  message: `given up after ${limits.maxHops} messages in a row`,
};

/**
 * Takes a dead shard apart: one shard for each image without an outcome, so that the image that kills its process is alone with
 * it next time; and such a single-image shard becomes a failed receipt. What is done already is told to the collector again,
 * because the function may have died between a receipt and its notice.
 *
 * @param sentAt when the shard was first sent
 * @throws when S3 or SQS are not available: then the message is to be delivered again
 */
export async function rescue(rescuer: Rescuer, shard: Shard, sentAt: Date): Promise<void> {
  const { store, receiptsQueue, shardsQueue, logger, now } = rescuer;
  const about = { job: shard.job, part: shard.part, shard: shard.shard };
  if (shard.job !== undefined && (await store.exists(stateKey.reportJson(shard.job)))) {
    logger.info('late message: the job has ended', about);
    return;
  }
  const cancellation = shard.job === undefined ? undefined : await readCancellation(store, shard.job);
  if (cancellation !== undefined) {
    logger.info('not rescued: the job is closed', { ...about, reason: cancellation.reason });
    return;
  }
  const receipts = await readShardReceipts(store, shard, { sentAt, now: now() });
  for (const receipt of receipts) await recordReceipt(store, receiptsQueue, receipt, shard.partImages);

  const covered = new Set(receipts.flatMap(({ outcomes }) => outcomes.map(({ ordinal }) => ordinal)));
  const left = withoutOutcome(shard, covered).map((source) => ({
    ...source,
    attempts: source.attempts + limits.shardDeliveries,
  }));
  if (left.length === 0) return;

  const hopless = shard.hop >= limits.maxHops;
  if (hopless || shard.sources.length === 1) {
    const at = now().toISOString();
    const receipt = failedReceipt(shard, left, hopless ? tooManyHops : crashed, { by: 'rescuer', at });
    await recordReceipt(store, receiptsQueue, receipt, shard.partImages);
    logger.warn('given up on', { ...about, images: left.length, hop: shard.hop });
    return;
  }
  const singles = left.map((source) => ({ ...shard, sources: [source], hop: shard.hop + 1 }));
  const groupId = messageGroupOf(shard);
  await shardsQueue.send(singles.map((single) => ({ body: JSON.stringify(single), groupId })));
  logger.warn('dead shard taken apart', { ...about, images: singles.length, hop: shard.hop });
}
