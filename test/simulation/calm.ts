import type { PendingCall } from './invocation.ts';
import type { Mapping } from './topology.ts';
import type { World } from './world.ts';

/** Of every call to S3 and SQS, in simulated time. */
const latencyMs = 5;

/** More would mean that it never ends. */
const maxSteps = 50_000;

/** What breaks the calm. Both are counted from 0; true when what was about to happen has been dealt with. */
export interface Interference {
  readonly beforeCall?: (index: number, call: PendingCall) => boolean;
  readonly beforeDelivery?: (index: number, mapping: Mapping) => boolean;
}

/** How much happened. */
export interface Happened {
  readonly calls: number;
  readonly deliveries: number;
}

/** Lets everything happen in the order asked for, one thing at a time, until `done` says so and nothing is left to do. */
export async function runCalmly(
  world: World,
  done: () => boolean,
  { beforeCall, beforeDelivery }: Interference = {},
): Promise<Happened> {
  let [calls, deliveries] = [0, 0];
  for (let step = 0; step < maxSteps; step++) {
    const [call] = world.calls;
    const [mapping] = call === undefined ? world.deliverable() : [];
    if (call !== undefined) {
      if (beforeCall?.(calls, call) !== true) world.answer(call);
      calls += 1;
      await world.settle();
      await world.pass(world.nowMs + latencyMs);
    } else if (mapping !== undefined) {
      if (beforeDelivery?.(deliveries, mapping) !== true)
        world.deliver(mapping, mapping.queue.visible(world.nowMs).slice(0, mapping.batchSize));
      deliveries += 1;
      await world.settle();
    } else if (world.running.length === 0 && done()) return { calls, deliveries };
    else await world.pass(world.nextEventMs());
  }
  const last = world.log.slice(-5).map(({ functionName, message }) => `\n${functionName}: ${message}`);
  throw new Error(`not done after ${maxSteps} steps; the last that was heard:${last.join('')}`);
}
