import type { Invocation, PendingCall } from '../simulation/invocation.ts';
import type { Mapping } from '../simulation/topology.ts';
import type { World } from '../simulation/world.ts';

function mappingTo(world: World, functionName: Mapping['functionName']): Mapping {
  const mapping = world.mappings.find((candidate) => candidate.functionName === functionName);
  if (mapping === undefined) throw new Error(`nothing feeds the ${functionName}`);
  return mapping;
}

/** Delivers the oldest visible message. */
export async function deliverOne(world: World, functionName: Mapping['functionName']): Promise<Invocation> {
  const mapping = mappingTo(world, functionName);
  world.deliverable();
  const invocation = world.deliver(mapping, mapping.queue.visible(world.nowMs).slice(0, 1));
  await world.settle();
  return invocation;
}

/** Lets an invocation go on to its end, or until its next call is one to stop at. */
export async function finish(
  world: World,
  invocation: Invocation,
  isStop: (call: PendingCall) => boolean = () => false,
): Promise<void> {
  for (;;) {
    const call = world.calls.find((candidate) => candidate.invocation === invocation);
    if (call === undefined || isStop(call)) return;
    world.answer(call);
    await world.settle();
  }
}
