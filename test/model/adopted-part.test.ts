import { expect, test } from 'vitest';
import { runCalmly } from '../simulation/calm.ts';
import { uploadsBucket } from '../simulation/deployment.ts';
import type { JobSpec } from '../simulation/jobs.ts';
import { deliverOne, finish } from './by-hand.ts';
import { violations } from './invariants.ts';
import { calmRun, openJob } from './watched-job.ts';

const three: JobSpec = {
  name: 'three',
  images: ['0.jpg', '1.jpg', '2.jpg'].map((name) => ({ name, content: 'picture' })),
};

test('1: of two splitters that saw different listings, both go on with the part that was stored first', async () => {
  const { evidence: calm } = await calmRun(three);
  const job = openJob(three);
  const { world } = job;
  const late = 'runs/three/0.jpg';
  const body = world.buckets.get(uploadsBucket)?.get(late)?.body;
  if (body === undefined) throw new Error('the first image is not there');
  world.buckets.get(uploadsBucket)?.delete(late);
  const [message] = world.queues.uploads.messages;
  if (message !== undefined) world.queues.uploads.add({ ...message });

  const slow = await deliverOne(world, 'splitter');
  await finish(world, slow, ({ action, resource }) => action === 'PutObject' && resource.endsWith('plan.jsonl'));
  world.put(uploadsBucket, late, body);
  await finish(world, await deliverOne(world, 'splitter'));
  await finish(world, slow);

  await runCalmly(world, job.isOver);
  expect(violations({ evidence: job.evidence(), calm, faults: 1, mayHaveLost: false })).toEqual([]);
});
