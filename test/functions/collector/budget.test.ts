import { expect, test } from 'vitest';
import { readCancellation } from '../../../shared/aws/stored-cancellation.ts';
import { openControlPlane } from '../../builders/control-plane.ts';
import { reportOf } from '../../builders/jobs.ts';
import { collectAll, nineNames, planNine, resultsOf } from '../../builders/planned-job.ts';
import { pretendToProcess } from '../../builders/pretend-processor.ts';

/** Predicted to cost 54 cents in all. */
const manifest = { budget: { usd: 1 } };
/** GB-seconds for two dollars. */
const dearMs = 1e8;

test('5: a job that costs more than was predicted is cancelled when its budget is spent', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane, undefined, manifest);
  const [first, second, ...rest] = shards;
  if (first === undefined || second === undefined) throw new Error('no shards');
  await pretendToProcess(plane, first);
  await collectAll(plane);
  expect(await readCancellation(plane.store, job)).toBeUndefined();

  await pretendToProcess(plane, second, second.sources, dearMs);
  await collectAll(plane);
  expect(await readCancellation(plane.store, job)).toMatchObject({ reason: 'budget' });
  const report = await reportOf(plane, job);
  expect(report).toMatchObject({
    state: 'cancelled',
    error: { code: 'CANCELLED' },
    cancelled: rest.flatMap(({ sources }) => sources).length,
  });
  expect(report?.error?.message).toMatch(/the job has cost about \$2\.\d\d \(its budget is \$1\.00\)/);
  expect(report?.cost?.actual).toBeGreaterThan(1);
  expect(await resultsOf(plane, job)).toHaveLength(nineNames.length);
});

test('folded parts count as well', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane, undefined, manifest);
  // Each below the budget, two parts together above.
  const parts = Map.groupBy(shards, ({ part }) => part);
  for (const shard of [...(parts.get(0) ?? []), ...(parts.get(1) ?? []).slice(0, 1)]) {
    const share = shard.part === 0 ? (parts.get(0)?.length ?? 1) : 1;
    await pretendToProcess(plane, shard, shard.sources, Math.round((0.35 * dearMs) / share));
    await collectAll(plane);
  }
  expect(await readCancellation(plane.store, job)).toMatchObject({ reason: 'budget' });
});

test('a job that is done when its budget is found to be spent has not been cancelled', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane, undefined, manifest);
  for (const shard of shards) await pretendToProcess(plane, shard, shard.sources, dearMs);
  await collectAll(plane);
  expect(await reportOf(plane, job)).toMatchObject({ state: 'partial', cancelled: 0, images: { succeeded: 7 } });
});

test('without a budget nothing is too dear', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane);
  for (const shard of shards.slice(1)) await pretendToProcess(plane, shard, shard.sources, dearMs);
  await collectAll(plane);
  expect(await readCancellation(plane.store, job)).toBeUndefined();
});
