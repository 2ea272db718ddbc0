import { expect, test } from 'vitest';
import { runCalmly } from '../simulation/calm.ts';
import { openWorld } from '../simulation/open-world.ts';
import type { FunctionName } from '../simulation/invocation.ts';
import type { JobSpec } from '../simulation/jobs.ts';
import { hasEnded, isDrained } from '../simulation/jobs.ts';
import { gatherEvidence } from './evidence.ts';
import { explore, type Explored, type Scenario } from './explore.ts';
import { violations } from './invariants.ts';
import { calmRun, openJob } from './watched-job.ts';
import { Witness } from './witness.ts';

/** More preemptions than by default take minutes. */
const more = Number(process.env['FANLIGHT_PREEMPTIONS'] ?? 0);

const single: JobSpec = { name: 'single', images: [{ name: '1.jpg', content: 'picture' }] };

/**
 * Lets the job of one image go on until the given function would be started for the n-th time, then starts it with the same messages
 * several times at once, in every order, and lets everything go on calmly after that.
 */
async function race(
  functionName: FunctionName,
  { nth = 0, times = 2, ...bounds }: { nth?: number; times?: number } & Omit<Scenario, 'open'>,
): Promise<Explored> {
  const { evidence: calm } = await calmRun(single);
  const { world: start, submitted, witness: seen } = openJob(single);
  let deliveries = 0;
  let reached = false;
  await runCalmly(start, () => true, {
    beforeDelivery: (_, { functionName: next, queue }) => {
      reached ||= next === functionName && deliveries++ === nth;
      // Nothing else happens any more.
      if (reached) for (const message of queue.visible(start.nowMs)) message.visibleMs = Infinity;
      return reached;
    },
  });
  const state = start.snapshot();
  const queueOf = (world: typeof start) => world.mappings.find((mapping) => mapping.functionName === functionName);
  const open = async () => {
    const world = openWorld({ concurrency: times });
    world.restore(state);
    const mapping = queueOf(world);
    if (mapping === undefined) throw new Error(`nothing feeds the ${functionName}`);
    for (const { queue } of world.mappings)
      for (const message of queue.messages) message.visibleMs = Math.min(message.visibleMs, world.nowMs);
    const messages = mapping.queue.visible(world.nowMs);
    for (let copy = 0; copy < times; copy++) {
      const copies = messages.map((message) => ({ ...message }));
      for (const message of copies) mapping.queue.add(message);
      world.deliver(mapping, copies);
    }
    for (const message of messages) mapping.queue.delete(message);
    await world.settle();
    return world;
  };
  return explore({ open, ...bounds }, async (world, schedule) => {
    const witness = new Witness(world);
    witness.shards.push(...seen.shards);
    await runCalmly(world, () => hasEnded(world, submitted) && isDrained(world));
    const evidence = gatherEvidence(world, witness, submitted);
    const broken = violations({ evidence, calm, faults: times, mayHaveLost: false });
    expect(broken, schedule.join('\n')).toEqual([]);
  });
}

function tell(what: string, { schedules, redundant }: Explored): void {
  process.stdout.write(`${what}: ${schedules} schedules, ${redundant} found redundant on the way\n`);
}

test('two processors on one shard, in every order, either of which may die', { timeout: 300_000 }, async () => {
  tell('two processors', await race('processor', { crashes: 0 }));
  tell('two processors, one death', await race('processor', { crashes: 1 }));
});

test('two collectors', { timeout: 300_000 }, async () => {
  tell('two collectors, bounded', await race('collector', { crashes: 0, preemptions: 2 + more }));
  tell('two collectors, one death', await race('collector', { crashes: 1, preemptions: 1 + more }));
});

test('two splitters', { timeout: 300_000 }, async () => {
  tell('two splitters, bounded', await race('splitter', { crashes: 0, preemptions: 2 + more }));
  tell('two splitters, one death', await race('splitter', { crashes: 1, preemptions: 1 + more }));
});
