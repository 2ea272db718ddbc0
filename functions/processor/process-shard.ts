import { readShardReceipts } from '../../shared/aws/shard-receipts.ts';
import { readCancellation } from '../../shared/aws/stored-cancellation.ts';
import { writeReceipt } from '../../shared/aws/stored-receipts.ts';
import { failedReceipt } from '../../shared/core/failed-receipt.ts';
import { messageOf } from '../../shared/core/errors.ts';
import { limits } from '../../shared/core/limits.ts';
import { withoutOutcome, type Receipt } from '../../shared/core/receipt.ts';
import type { Shard } from '../../shared/core/shard.ts';
import { copiesOf } from './copies.ts';
import type { Delivery } from './delivery.ts';
import { processSources, type ProcessedSources } from './process-sources.ts';
import { giveUpHopeless } from './give-up.ts';
import type { Processor } from './processor.ts';
import { recordSettled } from './record.ts';
import { tellOf } from './tell.ts';

/** What a delivery came to, for log and metrics. */
export interface DeliverySummary extends ProcessedSources {
  /** Images that were recorded as failed without being tried, or tried again. */
  readonly refused: number;
  /** Images that an earlier delivery of the message had settled. */
  readonly earlier: number;
  /** Messages by which the rest goes on. */
  readonly copies: number;
}

const nothing: DeliverySummary = {
  settled: [],
  late: [],
  troubled: [],
  trouble: [],
  refused: 0,
  earlier: 0,
  copies: 0,
};

/** Receipts with outcomes of this message. Only a redelivery can have any; the first one of a copy or a resend cannot. */
async function earlierReceipts(processor: Processor, delivery: Delivery): Promise<Receipt[]> {
  const { shard, receiveCount, sentAt } = delivery;
  if (receiveCount === 1) return [];
  const wanted = new Set(shard.sources.map(({ ordinal }) => ordinal));
  const receipts = await readShardReceipts(processor.results, shard, { sentAt, now: new Date() });
  return receipts.filter(({ outcomes }) => outcomes.some(({ ordinal }) => wanted.has(ordinal)));
}

/** The rest goes on in copies, unless it is hopeless. */
async function goOn(
  processor: Processor,
  shard: Shard,
  processed: ProcessedSources,
  earlier: number,
): Promise<DeliverySummary> {
  const remainder = await giveUpHopeless(processor, shard, processed);
  const copies = copiesOf(shard, remainder, Math.random());
  await processor.shardsQueue.send(copies);
  return { ...remainder, earlier, copies: copies.length };
}

/** Ends what would go on for ever. A copy would be refused as well, so trouble with the receipt is thrown. */
async function refuse(processor: Processor, shard: Shard): Promise<DeliverySummary> {
  const message = `given up after ${limits.maxHops} messages in a row`;
  const origin = { by: processor.environment, at: new Date().toISOString() };
  const receipt = failedReceipt(shard, shard.sources, { code: 'INTERNAL', message }, origin);
  await writeReceipt(processor.results, receipt);
  await tellOf(processor, receipt, shard.partImages);
  return { ...nothing, refused: shard.sources.length, trouble: [message] };
}

/** Whether the job is cancelled or has its report: then its shards are acknowledged unworked. One request. */
async function isClosed({ results, logger }: Processor, { job, part, shard }: Shard): Promise<boolean> {
  if (job === undefined) return false;
  const cancellation = await readCancellation(results, job);
  if (cancellation === undefined) return false;
  logger.info('not worked on: the job is closed', { job, part, shard, reason: cancellation.reason });
  return true;
}

/** What to do when the state of the job, or the past of a redelivered message, is not known: all of it again, later. */
async function postpone(processor: Processor, shard: Shard, error: unknown): Promise<DeliverySummary> {
  const trouble = [`what is done already could not be read: ${messageOf(error)}`];
  const postponed = { ...nothing, troubled: shard.sources, trouble };
  return goOn(processor, shard, postponed, 0);
}

/**
 * Works on a shard until each of its images has a durable outcome or is in a copy. The order makes any interruption
 * harmless: receipt, notice, copies, and only then the acknowledgement, which is to return (design 4.4).
 *
 * @throws when a notice or a copy could not be sent: then the message must be delivered again
 */
export async function processShard(processor: Processor, delivery: Delivery): Promise<DeliverySummary> {
  const { shard } = delivery;
  const hopless = shard.hop > limits.maxHops;
  const startedAt = new Date();
  let earlier: Receipt[] = [];
  try {
    if (await isClosed(processor, shard)) return nothing;
    if (!hopless) earlier = await earlierReceipts(processor, delivery);
  } catch (error) {
    if (!hopless) return postpone(processor, shard, error);
  }
  if (hopless) return refuse(processor, shard);
  // The delivery that wrote them may have died before it told of them.
  for (const receipt of earlier) await tellOf(processor, receipt, shard.partImages);
  const covered = new Set(earlier.flatMap(({ outcomes }) => outcomes.map(({ ordinal }) => ordinal)));
  const sources = withoutOutcome(shard, covered);
  if (sources.length === 0) return { ...nothing, earlier: shard.sources.length };

  const processed = await processSources(processor, delivery, sources);
  const recorded = await recordSettled(processor, shard, processed, startedAt);
  return goOn(processor, shard, recorded, shard.sources.length - sources.length);
}
