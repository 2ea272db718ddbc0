import { expect, test } from 'vitest';
import { runCalmly } from '../simulation/calm.ts';
import { lowerLimits, type JobSpec } from '../simulation/jobs.ts';
import { deliverOne, finish } from './by-hand.ts';
import { violations } from './invariants.ts';
import { calmRun, openJob } from './watched-job.ts';

const couple: JobSpec = {
  name: 'couple',
  images: [
    { name: '1.jpg', content: 'picture' },
    { name: '2.jpg', content: 'picture' },
  ],
};

test('1: an image that was given up on and then succeeds after all has succeeded', async () => {
  using _ = lowerLimits({ maxImagesPerShard: 1 });
  const { evidence: calm } = await calmRun(couple);
  const job = openJob(couple);
  const { world } = job;
  await finish(world, await deliverOne(world, 'splitter'));

  const slow = await deliverOne(world, 'processor');
  // SQS takes it for dead three times over, while it is at work.
  for (const message of slow.batch?.messages ?? []) Object.assign(message, { visibleMs: world.nowMs, receives: 3 });
  await finish(world, await deliverOne(world, 'rescuer'));
  expect(world.log.at(-1)?.message).toContain('given up on');
  await finish(world, slow);

  await runCalmly(world, job.isOver);
  expect(violations({ evidence: job.evidence(), calm, faults: 3, mayHaveLost: false })).toEqual([]);
});
