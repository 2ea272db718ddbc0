import { writeReceipt } from '../../shared/aws/stored-receipts.ts';
import { messageOf } from '../../shared/core/errors.ts';
import type { Receipt } from '../../shared/core/receipt.ts';
import type { Shard } from '../../shared/core/shard.ts';
import { engineOf } from './engine.ts';
import type { SettledImage } from './process-image.ts';
import type { ProcessedSources } from './process-sources.ts';
import type { Processor } from './processor.ts';
import { tellOf } from './tell.ts';

function receiptOf(processor: Processor, shard: Shard, images: readonly SettledImage[], startedAt: Date): Receipt {
  const sum = (of: (image: SettledImage) => number) => images.reduce((total, image) => total + of(image), 0);
  const engine = engineOf(processor.pool);
  return {
    v: 1,
    ...(shard.job === undefined ? {} : { job: shard.job }),
    route: shard.route,
    part: shard.part,
    shard: shard.shard,
    hop: shard.hop,
    outcomes: images.map(({ outcome }) => outcome).toSorted((a, b) => a.ordinal - b.ordinal),
    bytesIn: sum((image) => image.bytesIn),
    bytesOut: sum((image) => image.bytesOut),
    computeMs: Math.round(sum((image) => image.computeMs)),
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    environment: processor.environment,
    ...(engine === undefined ? {} : { engine }),
  };
}

/**
 * Writes the receipt and then tells of it. Images whose receipt cannot be written have no outcome: they join the troubled.
 *
 * @throws FanlightError INTERNAL when the notice cannot be sent: a redelivery will find the receipt and send it
 */
export async function recordSettled(
  processor: Processor,
  shard: Shard,
  processed: ProcessedSources,
  startedAt: Date,
): Promise<ProcessedSources> {
  const { settled, troubled, trouble } = processed;
  if (settled.length === 0) return processed;
  const receipt = receiptOf(processor, shard, settled, startedAt);
  try {
    await writeReceipt(processor.results, receipt);
  } catch (error) {
    const lost = new Set(receipt.outcomes.map(({ ordinal }) => ordinal));
    const again = shard.sources
      .filter(({ ordinal }) => lost.has(ordinal))
      .map((source) => ({ ...source, attempts: source.attempts + 1 }));
    return {
      ...processed,
      settled: [],
      troubled: [...troubled, ...again],
      trouble: [...trouble, `the receipt was not written: ${messageOf(error)}`],
    };
  }
  await tellOf(processor, receipt, shard.partImages);
  return processed;
}
