import { expect, test } from 'vitest';
import { stateKey } from '../../../shared/core/state-key.ts';
import { openControlPlane } from '../../builders/control-plane.ts';
import { reportOf, stateOf } from '../../builders/jobs.ts';
import { mortalClients } from '../../builders/mortal-clients.ts';
import { clientOf, collectAll, fewImages, nineNames, planNine, resultsOf } from '../../builders/planned-job.ts';
import { pretendToProcess } from '../../builders/pretend-processor.ts';

test('invariant 1: a cancelled job ends at once, and every image has an outcome', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane);
  const [first] = shards;
  if (first === undefined) throw new Error('no shard');
  await pretendToProcess(plane, first);
  expect(await clientOf(plane).cancel(job, 'wrong folder')).toBe(true);
  await collectAll(plane);

  const report = await reportOf(plane, job);
  const lines = await resultsOf(plane, job);
  expect(lines.map(({ source }) => source)).toEqual(nineNames.toSorted());
  const cancelled = lines.filter(({ error }) => error?.code === 'CANCELLED');
  expect(cancelled).toHaveLength(nineNames.length - first.sources.length);
  expect(cancelled[0]).toMatchObject({ status: 'failed', error: { message: 'wrong folder' }, attempts: 1 });
  expect(report).toMatchObject({
    state: 'cancelled',
    error: { code: 'CANCELLED', message: 'wrong folder' },
    images: { total: nineNames.length, failed: lines.filter(({ status }) => status === 'failed').length },
    cancelled: cancelled.length,
    tolerated: false,
  });
  expect(await stateOf(plane, job)).toBe('cancelled');
  expect(await plane.dump('_fanlight/active/')).toEqual({});
  const page = (await plane.store.read(stateKey.reportHtml(job)))?.text;
  expect(page).toContain('wrong folder');
  expect(page).toContain(`${cancelled.length} of the failed images`);
});

test('what is found out of a shard only in part stays, the rest of it is cancelled', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane, undefined, { recipe: 'small' });
  const [shard] = shards;
  if (shard === undefined) throw new Error('no shard');
  await pretendToProcess(plane, shard, shard.sources.slice(0, 2));
  await clientOf(plane).cancel(job);
  await collectAll(plane);
  expect((await resultsOf(plane, job)).map(({ status, error }) => error?.code ?? status)).toEqual([
    'succeeded',
    'CORRUPT_IMAGE',
    ...Array.from({ length: 7 }, () => 'CANCELLED'),
  ]);
});

test('a job of which every image has its outcome already is not cancelled any more', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane);
  for (const shard of shards) await pretendToProcess(plane, shard);
  await clientOf(plane).cancel(job);
  await collectAll(plane);
  expect(await reportOf(plane, job)).toMatchObject({ state: 'partial', cancelled: 0, images: { succeeded: 7 } });
});

test('receipts that come after the end change nothing', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane);
  await clientOf(plane).cancel(job);
  await collectAll(plane);
  for (const shard of shards) await pretendToProcess(plane, shard);
  plane.send('receipts', { v: 1, kind: 'check', job, part: 0 });
  plane.send('receipts', { v: 1, kind: 'check', job });
  const before = await plane.dump('');
  await collectAll(plane);
  expect(await plane.dump('')).toEqual(before);
});

test('killed at any request, the collector ends a cancelled job the same way', { timeout: 120_000 }, async () => {
  const plane = await openControlPlane();
  const mortal = mortalClients(plane.endpoint);
  const { collector } = plane.functions({}, mortal);
  let expected: unknown;
  let failed: string[] = [];
  let index = 0;
  do {
    index += 1;
    const { job, shards } = await planNine(plane, `jobs/${index}.fanlight.json`, fewImages);
    const [first] = shards;
    if (first !== undefined) await pretendToProcess(plane, first);
    await plane.take('receipts');
    await clientOf(plane).cancel(job);
    const check = await plane.receive('receipts');
    mortal.dieAt(index);
    failed = await plane.deliver('receipts', collector, check);
    mortal.dieAt(Infinity);
    expect(await plane.deliver('receipts', plane.collector, check)).toEqual([]);
    const { images, cancelled, state } = (await reportOf(plane, job)) ?? {};
    const outcome = { images, cancelled, state, lines: await resultsOf(plane, job) };
    expected ??= outcome;
    expect(outcome, `killed at ${index}`).toEqual(expected);
    expect(await plane.dump('_fanlight/active/'), `killed at ${index}`).toEqual({});
  } while (failed.length > 0);
  expect(index).toBeGreaterThan(20);
});

test('two collectors at once end a cancelled job as one does', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane);
  for (const shard of shards.slice(1)) await pretendToProcess(plane, shard);
  const notices = await plane.receive('receipts');
  await clientOf(plane).cancel(job);
  const check = await plane.receive('receipts');
  const failed = await Promise.all(
    [...notices, ...check, ...check].map((message) => plane.deliver('receipts', plane.collector, [message])),
  );
  expect(failed.flat()).toEqual([]);
  const lines = await resultsOf(plane, job);
  expect(lines.filter(({ error }) => error?.code === 'CANCELLED')).toHaveLength(shards[0]?.sources.length ?? 0);
  expect(await reportOf(plane, job)).toMatchObject({ state: 'cancelled', images: { total: nineNames.length } });
});

test('short of time, a check folds what it can and the next one goes on', async () => {
  const plane = await openControlPlane();
  const { job } = await planNine(plane);
  await clientOf(plane).cancel(job);
  const [check] = await plane.take('receipts');
  if (check === undefined) throw new Error('no check');
  let checks = 0;
  while ((await reportOf(plane, job)) === undefined) {
    checks += 1;
    // Enough for one part.
    let looks = 0;
    const { collector } = plane.functions({ remainingMs: () => (++looks > 2 ? 0 : 60_000) });
    expect(await plane.deliver('receipts', collector, [check])).toEqual([]);
  }
  expect(checks).toBeGreaterThan(1);
  expect(await reportOf(plane, job)).toMatchObject({ state: 'cancelled', images: { total: nineNames.length } });
});

test('a cancelled job whose parts have all been folded still waits for its seal', async () => {
  const plane = await openControlPlane();
  const { job } = await planNine(plane);
  const seal = (await plane.store.read(stateKey.seal(job)))?.text ?? '';
  await plane.store.remove(stateKey.seal(job));
  await clientOf(plane).cancel(job);
  await collectAll(plane);
  expect(await reportOf(plane, job)).toBeUndefined();
  expect((await resultsOf(plane, job)).length).toBe(nineNames.length);
  await plane.store.write(stateKey.seal(job), seal);
  plane.send('receipts', { v: 1, kind: 'check', job });
  await collectAll(plane);
  expect(await stateOf(plane, job)).toBe('cancelled');
});
