import { expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import { stateKey } from '../../../shared/core/state-key.ts';
import { openControlPlane, type ControlPlane } from '../../builders/control-plane.ts';
import { numbered, putImages, reportOf, sealOfJob, submit } from '../../builders/jobs.ts';
import { mortalClients } from '../../builders/mortal-clients.ts';
import { pretendToProcess, runToEnd, shardsIn } from '../../builders/pretend-processor.ts';

const names = numbered(7);
const fiveMinutesMs = 300_000;

interface Planned {
  readonly plane: ControlPlane;
  readonly job: string;
  readonly shards: readonly Shard[];
  /** Sweeps at the n-th five minutes after the plan. */
  readonly sweepAt: (n: number) => Promise<void>;
}

/** A sealed job of several parts, of which no message is left in any queue. */
async function planned(deadline = 'P3D'): Promise<Planned> {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', names);
  const jobId = await submit(plane, { recipe: 'huge', sources: [{ prefix: 's3://uploads/runs/x/' }], deadline });
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  const shards = shardsIn(await plane.take('shards'));
  await plane.take('receipts');
  const sweepAt = (n: number) => plane.functions({ offsetMs: n * fiveMinutesMs }).sweep();
  return { plane, job: await jobId(), shards, sweepAt };
}

const byPlace = (list: readonly Shard[]): Shard[] =>
  list.toSorted((a, b) => a.part - b.part || (a.shard < b.shard ? -1 : 1));

async function processAndCollect(plane: ControlPlane): Promise<void> {
  for (const shard of shardsIn(await plane.take('shards'))) await pretendToProcess(plane, shard);
  while (plane.waiting('receipts') > 0)
    await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
}

test('42b: nothing is sent again while a queue holds anything', async () => {
  const { plane, sweepAt } = await planned();
  plane.send('rescue', { some: 'other job' });
  for (let n = 1; n <= 4; n++) await sweepAt(n);
  await plane.take('rescue');
  plane.send('shards', { some: 'other job' });
  for (let n = 5; n <= 8; n++) await sweepAt(n);
  expect(plane.waiting('shards')).toBe(1);
});

test('lost shards are sent again by the second sweep that finds the queues empty, and the job ends', async () => {
  const { plane, job, shards, sweepAt } = await planned();
  await sweepAt(1);
  expect(plane.waiting('shards')).toBe(0);
  await sweepAt(2);
  const resent = shardsIn(await plane.take('shards'));
  expect(byPlace(resent)).toEqual(byPlace(shards.map((shard) => ({ ...shard, fresh: false }))));
  for (const shard of resent) await pretendToProcess(plane, shard);
  await processAndCollect(plane);
  expect(await reportOf(plane, job)).toMatchObject({ state: 'succeeded', images: { total: names.length } });
});

test('after sending again it takes two more sweeps; after three times the images are failed, and the job ends', async () => {
  const { plane, job, shards, sweepAt } = await planned();
  const sentAt: number[] = [];
  for (let n = 1; n <= 8; n++) {
    await sweepAt(n);
    if ((await plane.take('shards')).length > 0) sentAt.push(n);
  }
  expect(sentAt).toEqual([2, 4, 6]);
  expect(Object.keys(await plane.dump(stateKey.resents(job, 0)))).toHaveLength(
    shards.filter(({ part }) => part === 0).length * limits.maxResends,
  );
  await processAndCollect(plane);
  expect(await reportOf(plane, job)).toMatchObject({ state: 'failed', images: { failed: names.length } });
});

test('a shard with a message that the queue cannot hold any more is sent again, however busy the queues are', async () => {
  const { plane, shards, sweepAt } = await planned('P30D');
  plane.send('shards', { some: 'other job' });
  const retentionInSweeps = Math.ceil((4 * 86_400_000) / fiveMinutesMs);
  await sweepAt(retentionInSweeps - 2);
  expect(plane.waiting('shards')).toBe(1);
  await sweepAt(retentionInSweeps + 1);
  expect(plane.waiting('shards')).toBe(1 + shards.length);
});

test('only the images without an outcome are sent again', async () => {
  const { plane, shards, sweepAt } = await planned();
  const [first] = shards;
  for (const shard of shards.slice(1)) await pretendToProcess(plane, shard);
  await processAndCollect(plane);
  for (const n of [1, 2]) await sweepAt(n);
  expect(shardsIn(await plane.take('shards')).map(({ part, shard }) => [part, shard])).toEqual([
    [first?.part, first?.shard],
  ]);
});

test('receipts that the collector was not told of are told, and nothing is sent again', async () => {
  const { plane, job, shards, sweepAt } = await planned();
  for (const shard of shards) await pretendToProcess(plane, shard);
  await plane.take('receipts');
  await sweepAt(1);
  expect(plane.waiting('shards')).toBe(0);
  await processAndCollect(plane);
  expect(await reportOf(plane, job)).toMatchObject({ images: { total: names.length } });
});

test.each([
  ['a lost status of the job', (job: string) => stateKey.jobStatus(job)],
  ['a lost status of a part', (job: string) => stateKey.partStatus(job, 0)],
])('%s is made up for', async (_, keyOf) => {
  const { plane, job, shards, sweepAt } = await planned();
  const last = shards.at(-1);
  for (const shard of shards.slice(0, -1)) await pretendToProcess(plane, shard);
  await processAndCollect(plane);
  await plane.store.remove(keyOf(job));
  if (last !== undefined) await pretendToProcess(plane, last);
  await processAndCollect(plane);
  for (let n = 1; n <= 3; n++) {
    await sweepAt(n);
    await processAndCollect(plane);
  }
  expect(await reportOf(plane, job)).toMatchObject({ images: { total: names.length, succeeded: names.length } });
  expect(await plane.dump('_fanlight/active/')).toEqual({});
});

test('a lost check after the seal, and a collector that died before the marker was gone', async () => {
  const { plane, job, shards, sweepAt } = await planned();
  const seal = await plane.store.read(stateKey.seal(job));
  const marker = await plane.store.read(stateKey.active(job));
  await plane.store.remove(stateKey.seal(job));
  for (const shard of shards) await pretendToProcess(plane, shard);
  await processAndCollect(plane);
  await plane.store.write(stateKey.seal(job), seal?.text ?? '');
  await sweepAt(1);
  await processAndCollect(plane);
  expect(await reportOf(plane, job)).toMatchObject({ images: { total: names.length } });

  await plane.store.write(stateKey.active(job), marker?.text ?? '');
  await sweepAt(2);
  await processAndCollect(plane);
  expect(await plane.dump('_fanlight/active/')).toEqual({});
});

test('a plan that stopped in the middle is gone on with after ten minutes', async () => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', names);
  const jobId = await submit(plane, { recipe: 'huge', sources: [{ prefix: 's3://uploads/runs/x/' }] });
  const mortal = mortalClients(plane.endpoint);
  mortal.dieAt(14);
  await plane.deliver('uploads', plane.functions({}, mortal).splitter, await plane.take('uploads'));
  await runToEnd(plane);
  const job = await jobId();
  expect(await sealOfJob(plane, job)).toBeUndefined();

  await plane.functions({ offsetMs: fiveMinutesMs }).sweep();
  expect(plane.waiting('uploads')).toBe(0);
  await plane.functions({ offsetMs: 2.1 * fiveMinutesMs }).sweep();
  expect(plane.waiting('uploads')).toBe(1);
  await plane.functions({ offsetMs: 3 * fiveMinutesMs }).sweep();
  expect(plane.waiting('uploads'), 'one continuation is enough').toBe(1);
  await runToEnd(plane);
  expect(await reportOf(plane, job)).toMatchObject({ state: 'succeeded', images: { total: names.length } });
});

test('a job that died right after its marker is planned', async () => {
  const plane = await openControlPlane();
  const jobId = await submit(plane, { sources: [{ object: 's3://uploads/a.jpg' }] });
  const mortal = mortalClients(plane.endpoint);
  mortal.dieAt(7);
  await plane.deliver('uploads', plane.functions({}, mortal).splitter, await plane.take('uploads'));
  expect(Object.keys(await plane.dump('_fanlight/active/'))).toHaveLength(1);
  await plane.functions({ offsetMs: 2.1 * fiveMinutesMs }).sweep();
  await runToEnd(plane);
  expect(await reportOf(plane, await jobId())).toMatchObject({ state: 'succeeded' });
});

test('two sweeps at once send a lost shard once', async () => {
  const { plane, shards, sweepAt } = await planned();
  await sweepAt(1);
  await Promise.all([sweepAt(2), sweepAt(2), sweepAt(2)]);
  expect(plane.waiting('shards')).toBe(shards.length);
});

test('sweeping costs nothing for ended jobs, and lists no source', async () => {
  const { plane, shards, sweepAt } = await planned();
  for (const shard of shards) await pretendToProcess(plane, shard);
  await processAndCollect(plane);
  const before = plane.endpoint.requestCounts();
  await sweepAt(1);
  const after = plane.endpoint.requestCounts();
  expect((after.ListObjectsV2 ?? 0) - (before.ListObjectsV2 ?? 0)).toBe(1);
  expect((after.GetObject ?? 0) - (before.GetObject ?? 0)).toBe(0);
});
