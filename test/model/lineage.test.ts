import { expect, test } from 'vitest';
import { runCalmly } from '../simulation/calm.ts';
import { resultsBucket, uploadsBucket } from '../simulation/deployment.ts';
import type { JobSpec } from '../simulation/jobs.ts';
import { calmRun, openJob } from './watched-job.ts';

const single: JobSpec = { name: 'single', images: [{ name: '1.jpg', content: 'picture' }] };

test('4: a rendition that is fed back in is skipped as own-output, and nothing is made of it', async () => {
  const { evidence: first } = await calmRun(single);
  const [key] = Object.keys(first.renditions);
  const rendition = first.world.buckets.get(resultsBucket)?.get(key ?? '');
  if (rendition === undefined) throw new Error('the calm run wrote no rendition');

  const job = openJob(single);
  // With its metadata, as CopyObject and `aws s3 sync` keep it; the listing shows a new object in the place of the picture.
  job.world.put(uploadsBucket, 'runs/single/1.jpg', rendition.body, rendition.metadata);
  await runCalmly(job.world, job.isOver);
  const { report, parts, renditions } = job.evidence();
  expect(report?.images).toMatchObject({ total: 1, skipped: 1 });
  expect(parts[0]?.results).toMatchObject([{ status: 'skipped', reason: 'own-output', renditions: [] }]);
  expect(renditions).toEqual({});
});
