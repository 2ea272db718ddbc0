import { expect, test } from 'vitest';
import { z } from 'zod';
import { JobCompletedSchema, type JobCompleted } from '../../../shared/core/events.ts';
import { stateKey } from '../../../shared/core/state-key.ts';
import { openControlPlane, type ControlPlane } from '../../builders/control-plane.ts';
import { putImages, reportOf, stateOf, submit } from '../../builders/jobs.ts';
import { mortalClients } from '../../builders/mortal-clients.ts';
import { pretendToProcess, shardsIn } from '../../builders/pretend-processor.ts';

const EventSchema = z.looseObject({
  source: z.literal('fanlight'),
  'detail-type': z.literal('Fanlight Job Completed'),
  resources: z.tuple([z.literal('arn:aws:s3:::results')]),
  detail: JobCompletedSchema,
});

async function completions(plane: ControlPlane): Promise<JobCompleted[]> {
  return (await plane.events()).map((event) => EventSchema.parse(event).detail);
}

/** A planned job of three images, whose notices are not collected yet. */
async function processed(plane: ControlPlane, name = 'a'): Promise<string> {
  const manifest = { sources: [{ prefix: 's3://uploads/runs/x/' }] };
  const jobId = await submit(plane, manifest, `jobs/${name}.fanlight.json`);
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  for (const shard of shardsIn(await plane.take('shards'))) await pretendToProcess(plane, shard);
  return jobId();
}

async function openWithImages(): Promise<ControlPlane> {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', ['a.jpg', 'bad.jpg', 'c.jpg']);
  return plane;
}

test('a job that ends is announced once, with what its report says; late messages announce nothing', async () => {
  const plane = await openWithImages();
  const job = await processed(plane);
  const notices = await plane.receive('receipts');
  expect(await plane.deliver('receipts', plane.collector, notices)).toEqual([]);
  const report = await reportOf(plane, job);
  expect(await completions(plane)).toEqual([
    {
      v: 1,
      id: job,
      job,
      state: 'partial',
      recipe: 'small',
      images: { total: 3, succeeded: 2, failed: 1, skipped: 0 },
      bytes: report?.bytes,
      report: { bucket: 'results', key: stateKey.reportJson(job) },
    },
  ]);
  expect(await plane.store.exists(stateKey.active(job))).toBe(false);

  plane.send('receipts', { v: 1, kind: 'check', job });
  plane.send('receipts', { v: 1, kind: 'check', job, part: 0 });
  const late = [...notices, ...(await plane.receive('receipts'))];
  expect(await plane.deliver('receipts', plane.collector, late)).toEqual([]);
  expect(await completions(plane)).toEqual([]);
});

test('an upload that could not become a job is announced as failed', async () => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, 'no JSON');
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
  expect(await completions(plane)).toMatchObject([{ id: await jobId(), state: 'failed', recipe: null }]);
});

test('while EventBridge cannot be reached the job ends for its owner, and is announced later', async () => {
  const plane = await openWithImages();
  const job = await processed(plane);
  let down = true;
  plane.endpoint.use((req, res) => {
    if (!down || req.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return false;
    res.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
    res.end('{"__type":"AccessDeniedException","message":"no"}');
    return true;
  });
  const notices = await plane.receive('receipts');
  expect(await plane.deliver('receipts', plane.collector, notices)).not.toEqual([]);
  expect(await stateOf(plane, job)).toBe('partial');
  expect(await plane.store.exists(stateKey.active(job))).toBe(true);
  down = false;
  await plane.sweep();
  await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
  expect(await completions(plane)).toMatchObject([{ id: job }]);
  expect(await plane.store.exists(stateKey.active(job))).toBe(false);
});

test(
  'killed at any request, the collector announces the job at least once, and always by the same id',
  { timeout: 60_000 },
  async () => {
    const plane = await openWithImages();
    const mortal = mortalClients(plane.endpoint);
    const { collector } = plane.functions({}, mortal);
    let again = 0;
    for (let index = 1, died = true; died; index++) {
      const job = await processed(plane, String(index));
      const notices = await plane.receive('receipts');
      mortal.dieAt(index);
      died = (await plane.deliver('receipts', collector, notices)).length > 0;
      mortal.dieAt(Infinity);
      await plane.deliver('receipts', collector, notices);
      const ids = (await completions(plane)).map(({ id }) => id);
      expect(ids.length).toBeGreaterThan(0);
      expect(new Set(ids)).toEqual(new Set([job]));
      again += ids.length - 1;
      await plane.take('receipts');
    }
    // Killed between the event and the removal of the marker.
    expect(again).toBe(1);
  },
);
