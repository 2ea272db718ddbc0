import { expect, test } from 'vitest';
import { openControlPlane } from '../../builders/control-plane.ts';
import { numbered, planOf, putImages, reportOf, sealOfJob, submit } from '../../builders/jobs.ts';
import { mortalClients } from '../../builders/mortal-clients.ts';
import { clientOf, collectAll, resultsOf } from '../../builders/planned-job.ts';
import { shardsIn } from '../../builders/pretend-processor.ts';

const images = numbered(7);
const manifest = { recipe: 'huge', sources: [{ prefix: 's3://uploads/runs/x/' }] };

test(
  'cancelled while it is planned, at any request, a job ends with the images that were planned',
  { timeout: 120_000 },
  async () => {
    const plane = await openControlPlane();
    await putImages(plane, 'runs/x/', images);
    const mortal = mortalClients(plane.endpoint);
    const { splitter } = plane.functions({}, mortal);
    const endings = new Set<string>();
    let interrupted = true;
    for (let index = 1; interrupted; index++) {
      const jobId = await submit(plane, manifest, `jobs/${index}.fanlight.json`);
      const messages = await plane.receive('uploads');
      mortal.dieAt(index);
      interrupted = (await plane.deliver('uploads', splitter, messages)).length > 0;
      const job = await jobId().catch(() => undefined);
      await plane.take('shards');
      if (job === undefined) continue;

      await clientOf(plane).cancel(job);
      const planned = (await planOf(plane, job)).reduce((sum, { header }) => sum + header.images, 0);
      await collectAll(plane);
      await plane.deliver('uploads', plane.splitter, messages);
      expect(shardsIn(await plane.take('shards')), `killed at ${index}`).toEqual([]);
      await collectAll(plane);
      const report = await reportOf(plane, job);
      expect(report, `killed at ${index}`).toMatchObject({ images: { total: planned, failed: planned } });
      expect(await resultsOf(plane, job)).toHaveLength(planned);
      expect(report?.state, `killed at ${index}`).toBe('cancelled');
      endings.add(String(planned));
    }
    // No part, some, all: all of it happened.
    expect(endings.size).toBeGreaterThan(2);
  },
);

test('cancelled before anything is planned, a job ends without images', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', images);
  const mortal = mortalClients(plane.endpoint);
  const { splitter } = plane.functions({}, mortal);
  const jobId = await submit(plane, manifest);
  const messages = await plane.take('uploads');
  let job: string | undefined;
  for (let index = 1; job === undefined; index++) {
    mortal.dieAt(index);
    await plane.deliver('uploads', splitter, messages);
    job = await jobId().catch(() => undefined);
  }
  await clientOf(plane).cancel(job, 'too early');
  // Nobody works on the plan any more: the sweeper has it sealed.
  await plane.sweep();
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  await collectAll(plane);
  expect(await sealOfJob(plane, job)).toMatchObject({ parts: 0, images: 0, error: { code: 'CANCELLED' } });
  expect(await reportOf(plane, job)).toMatchObject({
    state: 'cancelled',
    error: { code: 'CANCELLED', message: 'too early' },
    images: { total: 0 },
    cancelled: 0,
  });
});
