import { limits } from '../../shared/core/limits.ts';
import { ShardSchema } from '../../shared/core/shard.ts';
import { activePrefix } from '../../shared/core/state-key.ts';
import type { Invocation } from '../simulation/invocation.ts';
import type { QueuedMessage } from '../simulation/simulated-queue.ts';
import type { World } from '../simulation/world.ts';

// What the protocol promises to survive has bounds of its own, and a run that goes beyond them proves nothing: a shard may be lost three
// times, an image alone in its shard may die twice, and what is not a job yet is in SQS's hands only.

/** Of messages that may be lost for good in one run, each by itself or with its queue. */
export const maxLosses = limits.maxResends;

const bookkeepingReceives = 5;

/** True as soon as the sweeper knows the job. */
export function isAnnounced(world: World): boolean {
  return world.results().keys(activePrefix).length > 0;
}

function mayReceiveAgain(
  world: World,
  functionName: Invocation['functionName'],
  { body, receives }: QueuedMessage,
): boolean {
  if (functionName === 'processor')
    return receives < limits.shardDeliveries || ShardSchema.parse(JSON.parse(body)).sources.length > 1;
  if (functionName === 'splitter') return receives < bookkeepingReceives || isAnnounced(world);
  return functionName !== 'rescuer' || receives < bookkeepingReceives;
}

/** Whether the messages of an invocation may be delivered once more without being given up for it. */
export function mayRepeat(world: World, { functionName, batch }: Invocation): boolean {
  return batch === undefined || batch.messages.every((message) => mayReceiveAgain(world, functionName, message));
}
