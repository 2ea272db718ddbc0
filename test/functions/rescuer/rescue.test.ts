import { expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { ReceiptSchema, type Receipt } from '../../../shared/core/receipt.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import { openControlPlane, type ControlPlane } from '../../builders/control-plane.ts';
import { putImages, reportOf, submit } from '../../builders/jobs.ts';
import { mortalClients } from '../../builders/mortal-clients.ts';
import { clientOf } from '../../builders/planned-job.ts';
import { pretendToProcess, shardsIn } from '../../builders/pretend-processor.ts';

const names = ['a.jpg', 'killer.jpg', 'c.jpg', 'd.jpg'];

/** A sealed job of one shard. */
async function planned(plane: ControlPlane, key?: string): Promise<{ job: string; shard: Shard }> {
  await putImages(plane, 'runs/x/', names);
  const jobId = await submit(plane, { sources: [{ prefix: 's3://uploads/runs/x/' }] }, key);
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  const [shard] = shardsIn(await plane.take('shards'));
  if (shard === undefined) throw new Error('no shard');
  return { job: await jobId(), shard };
}

async function receiptsBelow(plane: ControlPlane, prefix: string): Promise<Receipt[]> {
  const texts = Object.entries(await plane.dump(prefix)).filter(([key]) => /receipts\/|daily\//.test(key));
  return texts.map(([, text]) => ReceiptSchema.parse(JSON.parse(text)));
}

const rescueAll = async (plane: ControlPlane) => plane.deliver('rescue', plane.rescuer, await plane.receive('rescue'));

test('a dead shard is taken apart: one shard for each image without an outcome', async () => {
  const plane = await openControlPlane();
  const { job, shard } = await planned(plane);
  await pretendToProcess(plane, shard, shard.sources.slice(0, 1));
  await plane.take('receipts');
  plane.send('rescue', shard);
  expect(await rescueAll(plane)).toEqual([]);
  const singles = shardsIn(await plane.take('shards')).toSorted(
    (a, b) => (a.sources[0]?.ordinal ?? 0) - (b.sources[0]?.ordinal ?? 0),
  );
  const left = shard.sources.slice(1);
  expect(singles).toEqual(
    left.map((source) => ({ ...shard, sources: [{ ...source, attempts: limits.shardDeliveries }], hop: 1 })),
  );
  // The function may have died between the receipt and its notice.
  expect((await plane.take('receipts')).map(({ body }) => body).filter((body) => body.includes(job))).toHaveLength(1);
});

test('a dead shard of a cancelled job is let go', async () => {
  const plane = await openControlPlane();
  const { job, shard } = await planned(plane);
  await clientOf(plane).cancel(job);
  await plane.take('receipts');
  plane.send('rescue', shard);
  const before = await plane.dump('');
  expect(await rescueAll(plane)).toEqual([]);
  expect(await plane.dump('')).toEqual(before);
  expect(plane.waiting('shards') + plane.waiting('receipts') + plane.waiting('rescue')).toBe(0);
});

test('invariant 2: the image that kills its process fails alone, and its job ends', async () => {
  const plane = await openControlPlane();
  const { job, shard } = await planned(plane);
  plane.send('rescue', shard);
  await rescueAll(plane);
  for (const single of shardsIn(await plane.take('shards'))) {
    if (single.sources[0]?.name === 'killer.jpg') plane.send('rescue', single);
    else await pretendToProcess(plane, single);
  }
  await rescueAll(plane);
  await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
  expect(await reportOf(plane, job)).toMatchObject({
    state: 'partial',
    images: { total: 4, succeeded: 3, failed: 1 },
    failures: [{ source: 'killer.jpg', code: 'WORKER_CRASHED' }],
  });
  const crashed = (await receiptsBelow(plane, `_fanlight/jobs/${job}/`))
    .flatMap(({ outcomes }) => outcomes)
    .find(({ status }) => status === 'failed');
  expect(crashed?.attempts).toBe(2 * limits.shardDeliveries);
});

test('a shard of single images is rescued into the daily outcomes', async () => {
  const plane = await openControlPlane();
  await plane.upload('images/killer.jpg', 'k');
  await plane.upload('images/b.jpg', 'b');
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  const [shard] = shardsIn(await plane.take('shards'));
  if (shard === undefined) throw new Error('no shard');
  plane.send('rescue', shard);
  await rescueAll(plane);
  const singles = shardsIn(await plane.take('shards'));
  expect(singles).toHaveLength(2);
  plane.send(
    'rescue',
    singles.find(({ sources }) => sources[0]?.name === 'images/killer.jpg'),
  );
  await rescueAll(plane);
  expect((await receiptsBelow(plane, '_fanlight/daily/')).flatMap(({ outcomes }) => outcomes)).toMatchObject([
    { source: 'images/killer.jpg', status: 'failed', error: { code: 'WORKER_CRASHED' } },
  ]);
  // The same death again finds that receipt: nothing is written twice.
  plane.send(
    'rescue',
    singles.find(({ sources }) => sources[0]?.name === 'images/killer.jpg'),
  );
  await rescueAll(plane);
  expect(await receiptsBelow(plane, '_fanlight/daily/')).toHaveLength(1);
  expect(plane.waiting('receipts') + plane.waiting('shards')).toBe(0);
});

test('a shard at the end of its hops is recorded as failed', async () => {
  const plane = await openControlPlane();
  const { job, shard } = await planned(plane);
  plane.send('rescue', { ...shard, hop: limits.maxHops });
  await rescueAll(plane);
  expect(plane.waiting('shards')).toBe(0);
  await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
  expect(await reportOf(plane, job)).toMatchObject({
    state: 'failed',
    images: { failed: 4 },
    failures: [{ code: 'INTERNAL' }, {}, {}, {}],
  });
});

test('what cannot be read fails, and so goes on to the dead-letter queue', async () => {
  const plane = await openControlPlane();
  plane.send('rescue', { v: 2 });
  plane.send('rescue', 'nonsense');
  expect(await rescueAll(plane)).toHaveLength(2);
});

test('after the end of the job a dead shard changes nothing', async () => {
  const plane = await openControlPlane();
  const { shard } = await planned(plane);
  await pretendToProcess(plane, shard);
  await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
  const before = await plane.dump('');
  plane.send('rescue', shard);
  expect(await rescueAll(plane)).toEqual([]);
  expect(await plane.dump('')).toEqual(before);
  expect(plane.waiting('shards') + plane.waiting('receipts')).toBe(0);
});

test('killed at any request, the rescuer loses no image after redelivery', async () => {
  const plane = await openControlPlane();
  const mortal = mortalClients(plane.endpoint);
  const { rescuer } = plane.functions({}, mortal);
  for (let index = 1, finished = false; !finished; index++) {
    const { job, shard } = await planned(plane, `jobs/${index}.fanlight.json`);
    await pretendToProcess(plane, shard, shard.sources.slice(0, 2));
    await plane.take('receipts');
    plane.send('rescue', shard);
    const messages = await plane.receive('rescue');
    mortal.dieAt(index);
    finished = (await plane.deliver('rescue', rescuer, messages)).length === 0;
    mortal.dieAt(Infinity);
    await plane.deliver('rescue', rescuer, messages);
    for (const single of shardsIn(await plane.take('shards'))) await pretendToProcess(plane, single);
    await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
    expect((await reportOf(plane, job))?.images, `killed at ${index}`).toMatchObject({ total: 4, succeeded: 4 });
  }
});
