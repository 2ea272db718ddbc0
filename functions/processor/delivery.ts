import type { Shard } from '../../shared/core/shard.ts';

/** One delivery of one message of the shards queue. */
export interface Delivery {
  readonly shard: Shard;
  /** Receives of this message, this one included. */
  readonly receiveCount: number;
  /** When the message was sent. */
  readonly sentAt: Date;
  /** Until Lambda ends the invocation. */
  readonly remainingMs: () => number;
}
