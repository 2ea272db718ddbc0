import { runCalmly } from '../simulation/calm.ts';
import type { FunctionName } from '../simulation/invocation.ts';
import { hasEnded, isDrained, type JobSpec, type SubmittedJob } from '../simulation/jobs.ts';
import { openWorld } from '../simulation/open-world.ts';
import type { Mapping } from '../simulation/topology.ts';
import type { World, WorldState } from '../simulation/world.ts';
import { gatherEvidence } from './evidence.ts';
import { explore, type Explored, type Scenario } from './explore.ts';
import { violations } from './invariants.ts';
import { calmRun, openJob } from './watched-job.ts';
import { Witness } from './witness.ts';

export interface RaceResult extends Explored {
  /** Promises broken, with the schedule that broke them; of the first schedules that did. */
  readonly broken: readonly string[];
}

const maxBroken = 3;

function feeds(world: World, functionName: FunctionName): Mapping {
  const mapping = world.mappings.find((candidate) => candidate.functionName === functionName);
  if (mapping === undefined) throw new Error(`nothing feeds the ${functionName}`);
  return mapping;
}

/** The state in which a function is about to be started for the first time. */
async function stateBefore(functionName: FunctionName, spec: JobSpec) {
  const { world, submitted, witness } = openJob(spec);
  const { queue } = feeds(world, functionName);
  let isNext = false;
  await runCalmly(world, () => isNext, {
    beforeDelivery: (_, { queue: next }) => {
      isNext ||= next === queue;
      // All that is there waits for ever, so that nothing else happens.
      if (isNext)
        for (const { queue: any } of world.mappings) for (const kept of any.messages) kept.visibleMs = Infinity;
      return isNext;
    },
  });
  for (const { queue: any } of world.mappings) for (const kept of any.messages) kept.visibleMs = world.nowMs;
  return { state: world.snapshot(), submitted, witness };
}

/** Starts a function twice at once with the same messages: each has a copy of its own, as SQS may have. */
async function startTwice(state: WorldState, functionName: FunctionName): Promise<World> {
  const world = openWorld({ concurrency: 2 });
  world.restore(state);
  const mapping = feeds(world, functionName);
  const messages = mapping.queue.visible(world.nowMs);
  mapping.queue.clear();
  for (let copy = 0; copy < 2; copy++) {
    const copies = messages.map((message) => ({ ...message }));
    for (const message of copies) mapping.queue.add(message);
    world.deliver(mapping, copies);
  }
  await world.settle();
  return world;
}

/**
 * Lets a job go on until a function is to be started, starts it twice, in every order of what the two do (within the bounds), and
 * lets everything go on calmly after that: each time it has to come to what a calm run comes to.
 */
export async function race(
  functionName: FunctionName,
  spec: JobSpec,
  bounds: Omit<Scenario, 'open'>,
): Promise<RaceResult> {
  const { evidence: calm } = await calmRun(spec);
  const { state, submitted, witness: before } = await stateBefore(functionName, spec);
  const broken: string[] = [];
  const open = (): Promise<World> => startTwice(state, functionName);
  const explored = await explore({ open, ...bounds }, async (world, schedule) => {
    const witness = new Witness(world);
    witness.shards.push(...before.shards);
    const found = violations({
      evidence: await finish(world, witness, submitted),
      calm,
      faults: 2,
      mayHaveLost: false,
    });
    if (found.length > 0 && broken.length < maxBroken) broken.push([...found, ...schedule].join('\n'));
  });
  return { ...explored, broken };
}

async function finish(world: World, witness: Witness, submitted: SubmittedJob) {
  await runCalmly(world, () => hasEnded(world, submitted) && isDrained(world));
  return gatherEvidence(world, witness, submitted);
}
