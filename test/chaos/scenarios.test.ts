import { describe, expect, test } from 'vitest';
import { atCall, faultsAtCalls } from '../model/single-faults.ts';
import { calmRun, openJob, troubledRun } from '../model/watched-job.ts';
import { runCalmly } from '../simulation/calm.ts';
import { lowerLimits, type JobSpec } from '../simulation/jobs.ts';
import { jobSpecs, smallParts } from './job-specs.ts';

function specNamed(name: string): JobSpec {
  const found = jobSpecs.find(([, { name: candidate }]) => candidate === name)?.[1];
  if (found === undefined) throw new Error(`no job is called ${name}`);
  return found;
}

/** Four parts, a killer, failures and strays. */
const parts = specNamed('parts');
const dozen = specNamed('dozen');
/** How many moments of a run each fault is tried at. */
const moments = 25;
const timeout = 300_000;

describe('in mid-job, at any time, nothing changes the outcome', () => {
  const wanted = ['kill everything', 'delete every status.json', 'purge ', 'ten minutes without S3'];
  const faults = faultsAtCalls.filter(({ name }) => wanted.some((start) => name.startsWith(start)));

  test.each(faults)('$name', { timeout }, async (fault) => {
    using _ = lowerLimits(smallParts);
    const { evidence: calm, happened } = await calmRun(parts);
    for (let moment = 0; moment < moments; moment++) {
      const index = Math.floor((happened.calls * moment) / moments);
      expect(await troubledRun(parts, calm, atCall(index, fault)), `at call ${index}`).toEqual([]);
    }
  });
});

test('26: ten minutes without S3 leave the rescue queue empty', { timeout }, async () => {
  using _ = lowerLimits(smallParts);
  const { evidence: calm, happened } = await calmRun(dozen);
  const outage = faultsAtCalls.find(({ name }) => name === 'ten minutes without S3');
  if (outage === undefined) throw new Error('no such fault');
  for (let moment = 0; moment < moments; moment++) {
    const index = Math.floor((happened.calls * moment) / moments);
    const trouble = atCall(index, outage);
    let rescued = 0;
    const broken = await troubledRun(dozen, calm, {
      ...trouble,
      interfere: (job) => ({
        beforeCall: (called, call) => {
          rescued += job.world.queues.rescue.messages.length;
          return trouble.interfere(job).beforeCall?.(called, call) ?? false;
        },
      }),
    });
    expect({ rescued, broken }, `at call ${index}`).toEqual({ rescued: 0, broken: [] });
  }
});

test('a message that is redelivered after the end of its job does nothing but a log line', { timeout }, async () => {
  using _ = lowerLimits(smallParts);
  const { world, isOver } = openJob(parts);
  const sent: { queue: string; body: string }[] = world.queues.uploads.messages.map(({ body }) => ({
    queue: 'uploads',
    body,
  }));
  let changes = 0;
  world.observers.push({
    onSend: ({ queue, body }) => void sent.push({ queue, body }),
    onWrite: () => void (changes += 1),
    onDelete: () => void (changes += 1),
  });
  await runCalmly(world, isOver);
  const killer = parts.images.find(({ content }) => content === 'killer')?.name ?? '';
  const dead = sent.filter(({ queue, body }) => queue === 'shards' && body.includes(killer)).map(({ body }) => body);
  const old = [...sent, ...dead.map((body) => ({ queue: 'rescue', body }))];
  expect(new Set(old.map(({ queue }) => queue))).toEqual(new Set(['uploads', 'shards', 'receipts', 'rescue']));

  const before = { sent: sent.length, changes, events: world.events.length };
  for (const { queue, body } of old) {
    const logged = world.log.length;
    world.send(queue, body);
    await runCalmly(world, isOver);
    expect(world.log.length, body).toBeGreaterThan(logged);
    expect({ sent: sent.length, changes, events: world.events.length }, body).toEqual(before);
  }
});
