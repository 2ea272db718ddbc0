import { writeReceipt } from '../../shared/aws/stored-receipts.ts';
import { messageOf } from '../../shared/core/errors.ts';
import { failedReceipt } from '../../shared/core/failed-receipt.ts';
import { limits } from '../../shared/core/limits.ts';
import type { Failure } from '../../shared/core/outcome.ts';
import { copyDelayS, type Shard } from '../../shared/core/shard.ts';
import type { Source } from '../../shared/core/source.ts';
import type { ProcessedSources } from './process-sources.ts';
import type { Processor } from './processor.ts';
import { tellOf } from './tell.ts';

/** What becomes of the unfinished sources of a delivery. */
export interface Remainder extends ProcessedSources {
  /** Sources that are recorded as failed, and are in no list. */
  readonly refused: number;
}

interface Verdict {
  readonly sources: readonly Source[];
  readonly failure: Failure;
}

const isWornOut = ({ attempts }: Source): boolean => attempts >= limits.maxAttempts;

/** What may not go on in a copy: tried too often, or the copy would come when the job's deadline is over. */
function hopeless({ deadlineAt, transient }: Shard, { late, troubled, trouble }: ProcessedSources): Verdict[] {
  const nowMs = Date.now();
  const deadlineMs = deadlineAt === undefined ? Infinity : Date.parse(deadlineAt);
  const overdue = [
    ...(nowMs > deadlineMs ? late : []),
    ...(nowMs + copyDelayS(transient, 0.5) * 1_000 > deadlineMs ? troubled : []),
  ];
  const isOverdue = new Set(overdue);
  const worn = [...late, ...troubled].filter((source) => !isOverdue.has(source) && isWornOut(source));
  const message = `given up after ${limits.maxAttempts} deliveries: ${trouble.at(-1) ?? 'each ran out of time'}`;
  const verdicts: Verdict[] = [
    { sources: overdue, failure: { code: 'TIMEOUT', message: `the job's deadline, ${deadlineAt ?? 'none'}, is over` } },
    { sources: worn, failure: { code: 'INTERNAL', message: message.slice(0, 500) } },
  ];
  return verdicts.filter(({ sources }) => sources.length > 0);
}

/**
 * Records as failed what may not go on in a copy. While the receipt cannot be written it goes on all the same, bounded by its
 * hops.
 *
 * @throws FanlightError INTERNAL when the notice cannot be sent: a redelivery will find the receipt and send it
 */
export async function giveUpHopeless(
  processor: Processor,
  shard: Shard,
  processed: ProcessedSources,
): Promise<Remainder> {
  const refused = new Set<Source>();
  const trouble = [...processed.trouble];
  for (const { sources, failure } of hopeless(shard, processed)) {
    const at = new Date().toISOString();
    const receipt = failedReceipt(shard, sources, failure, { by: processor.environment, at });
    try {
      await writeReceipt(processor.results, receipt);
    } catch (error) {
      trouble.push(`the receipt was not written: ${messageOf(error)}`);
      continue;
    }
    await tellOf(processor, receipt, shard.partImages);
    for (const source of sources) refused.add(source);
  }
  const goesOn = (sources: readonly Source[]): Source[] => sources.filter((source) => !refused.has(source));
  return {
    ...processed,
    late: goesOn(processed.late),
    troubled: goesOn(processed.troubled),
    trouble,
    refused: refused.size,
  };
}
