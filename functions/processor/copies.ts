import type { OutgoingMessage } from '../../shared/aws/message-queue.ts';
import { copyDelayS, messageGroupOf, type Shard } from '../../shared/core/shard.ts';
import type { Source } from '../../shared/core/source.ts';

/** What a delivery could not finish. */
export interface Unfinished {
  /** The time was over: to be continued at once. */
  readonly late: readonly Source[];
  /** A service was unavailable, or nobody knows why: to be tried again after a delay. */
  readonly troubled: readonly Source[];
}

const byOrdinal = (sources: readonly Source[]): Source[] => sources.toSorted((a, b) => a.ordinal - b.ordinal);

/**
 * The messages by which a shard goes on: at most one for each reason.
 *
 * @param random 0 to 1, spreads the copies of many shards
 */
export function copiesOf(shard: Shard, { late, troubled }: Unfinished, random: number): OutgoingMessage[] {
  const copy = (sources: readonly Source[], transient: number, delayS: number): OutgoingMessage[] => {
    if (sources.length === 0) return [];
    const message: Shard = { ...shard, sources: byOrdinal(sources), hop: shard.hop + 1, transient };
    return [{ body: JSON.stringify(message), delayS, groupId: messageGroupOf(shard) }];
  };
  return [...copy(late, 0, 0), ...copy(troubled, shard.transient + 1, copyDelayS(shard.transient, random))];
}
