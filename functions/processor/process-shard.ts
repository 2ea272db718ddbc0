import { limits } from '../../shared/core/limits.ts';
import type { Notice } from '../../shared/core/notice.ts';
import { withoutOutcome } from '../../shared/core/receipt.ts';
import type { Shard } from '../../shared/core/shard.ts';
import { copiesOf } from './copies.ts';
import type { Delivery } from './delivery.ts';
import { readEarlierReceipts, type EarlierReceipts } from './earlier-receipts.ts';
import { engineOf } from './engine.ts';
import { refusedImage } from './process-image.ts';
import { processSources, type ProcessedSources } from './process-sources.ts';
import type { Processor } from './processor.ts';
import { receiptOf, writeReceipt } from './record.ts';

/** What a delivery came to, for log and metrics. */
export interface DeliverySummary extends ProcessedSources {
  /** Images that an earlier delivery of the message had settled. */
  readonly earlier: number;
  /** Messages by which the rest goes on. */
  readonly copies: number;
}

const nothing: ProcessedSources = { settled: [], late: [], troubled: [], trouble: [] };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function sendNotices(processor: Processor, shard: Shard, notices: readonly Notice[]): Promise<void> {
  await processor.receiptsQueue.send(notices.map((notice) => ({ body: JSON.stringify(notice), groupId: shard.job })));
}

/** Only a redelivery can meet receipts of its own message; a sweeper's or a copy's first delivery cannot. */
async function earlierReceipts(processor: Processor, { shard, receiveCount }: Delivery): Promise<EarlierReceipts> {
  if (receiveCount === 1 || shard.job === undefined) return { ordinals: new Set(), notices: [] };
  return readEarlierReceipts(processor.results, shard, shard.job);
}

/** Writes the receipt and tells of it. Images whose receipt cannot be written have no outcome: they are tried again. */
async function record(
  processor: Processor,
  shard: Shard,
  processed: ProcessedSources,
  startedAt: Date,
): Promise<ProcessedSources> {
  const { settled, troubled, trouble } = processed;
  if (settled.length === 0) return processed;
  const { environment, pool } = processor;
  const trace = { startedAt, finishedAt: new Date(), environment, engine: engineOf(pool) };
  let notices: Notice[];
  try {
    notices = await writeReceipt(processor.results, receiptOf(shard, settled, trace), shard.partImages);
  } catch (error) {
    const lost = new Set(settled.map(({ outcome }) => outcome.ordinal));
    const again = shard.sources.filter(({ ordinal }) => lost.has(ordinal));
    return {
      ...processed,
      settled: [],
      troubled: [...troubled, ...again.map((source) => ({ ...source, attempts: source.attempts + 1 }))],
      trouble: [...trouble, `the receipt was not written: ${messageOf(error)}`],
    };
  }
  await sendNotices(processor, shard, notices);
  return processed;
}

async function sendCopies(processor: Processor, shard: Shard, unfinished: ProcessedSources): Promise<number> {
  const copies = copiesOf(shard, unfinished, Math.random());
  await processor.shardsQueue.send(copies);
  return copies.length;
}

/** Ends what would go on for ever. A copy would be refused like this message, so an unwritten receipt is thrown. */
async function refuse(processor: Processor, shard: Shard): Promise<DeliverySummary> {
  const message = `gave up after ${limits.maxHops} messages in a row could not finish the image`;
  const settled = shard.sources.map((source) => refusedImage(source, { code: 'INTERNAL', message }));
  const now = new Date();
  const trace = { startedAt: now, finishedAt: now, environment: processor.environment, engine: undefined };
  await sendNotices(
    processor,
    shard,
    await writeReceipt(processor.results, receiptOf(shard, settled, trace), shard.partImages),
  );
  return { settled, late: [], troubled: [], trouble: [message], earlier: 0, copies: 0 };
}

/**
 * Works on a shard until each of its images has a durable outcome or is in a copy. The order makes any interruption
 * harmless: receipt, notice, copies, and only then the acknowledgement, which is to return (design 4.4).
 *
 * @throws when a notice or a copy could not be sent: then the message must be delivered again
 */
export async function processShard(processor: Processor, delivery: Delivery): Promise<DeliverySummary> {
  const { shard } = delivery;
  if (shard.hop > limits.maxHops) return refuse(processor, shard);
  const startedAt = new Date();
  let earlier: EarlierReceipts;
  try {
    earlier = await earlierReceipts(processor, delivery);
  } catch (error) {
    const trouble = [`earlier receipts could not be read: ${messageOf(error)}`];
    const untried = { settled: [], late: [], troubled: shard.sources, trouble };
    return { ...untried, earlier: 0, copies: await sendCopies(processor, shard, untried) };
  }
  await sendNotices(processor, shard, earlier.notices);
  const sources = withoutOutcome(shard, earlier.ordinals);
  const processed = sources.length === 0 ? nothing : await processSources(processor, delivery, sources);
  const recorded = await record(processor, shard, processed, startedAt);
  return { ...recorded, earlier: earlier.ordinals.size, copies: await sendCopies(processor, shard, recorded) };
}
