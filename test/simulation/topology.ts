import type { FunctionName } from './invocation.ts';
import { SimulatedQueue } from './simulated-queue.ts';

/** A queue that a function is fed from. */
export interface Mapping {
  readonly queue: SimulatedQueue;
  readonly functionName: FunctionName;
  readonly batchSize: number;
  readonly maxConcurrency: number;
}

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

// As infra/ deploys by default.
export const timeoutMs: Readonly<Record<FunctionName, number>> = {
  splitter: minuteMs,
  processor: 2 * minuteMs,
  collector: minuteMs,
  rescuer: minuteMs,
  sweeper: minuteMs,
};
export const sweepEveryMs = 5 * minuteMs;
const visibilityPerTimeout = 6;
const liveRetentionMs = 4 * dayMs;
const deadLetterRetentionMs = 14 * dayMs;
const shardDeaths = 3;
const bookkeepingReceives = 5;

export const queueNames = [
  'uploads',
  'shards',
  'receipts',
  'rescue',
  'uploadsDead',
  'receiptsDead',
  'rescueDead',
] as const;
export type QueueName = (typeof queueNames)[number];

export type Queues = Readonly<Record<QueueName, SimulatedQueue>>;

function deadLetters(name: QueueName): SimulatedQueue {
  return new SimulatedQueue(name, { visibilityTimeoutMs: 30_000, retentionMs: deadLetterRetentionMs });
}

function live(name: QueueName, feeds: FunctionName, to: SimulatedQueue, retentionMs = liveRetentionMs): SimulatedQueue {
  const maxReceives = feeds === 'processor' ? shardDeaths : bookkeepingReceives;
  const visibilityTimeoutMs = visibilityPerTimeout * timeoutMs[feeds];
  return new SimulatedQueue(name, { visibilityTimeoutMs, retentionMs, redrive: { maxReceives, to } });
}

export function createQueues(): Queues {
  const uploadsDead = deadLetters('uploadsDead');
  const receiptsDead = deadLetters('receiptsDead');
  const rescueDead = deadLetters('rescueDead');
  const rescue = live('rescue', 'rescuer', rescueDead, deadLetterRetentionMs);
  return {
    uploads: live('uploads', 'splitter', uploadsDead),
    shards: live('shards', 'processor', rescue),
    receipts: live('receipts', 'collector', receiptsDead),
    rescue,
    uploadsDead,
    receiptsDead,
    rescueDead,
  };
}

/** @param maxConcurrency invocations of each function at once */
export function mappingsOf({ uploads, shards, receipts, rescue }: Queues, maxConcurrency: number): Mapping[] {
  return [
    { queue: uploads, functionName: 'splitter', batchSize: 10, maxConcurrency },
    { queue: shards, functionName: 'processor', batchSize: 1, maxConcurrency },
    { queue: receipts, functionName: 'collector', batchSize: 100, maxConcurrency },
    { queue: rescue, functionName: 'rescuer', batchSize: 1, maxConcurrency },
  ];
}
