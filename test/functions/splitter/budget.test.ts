import { expect, test } from 'vitest';
import { openControlPlane } from '../../builders/control-plane.ts';
import { jobDocument, planOf, reportOf } from '../../builders/jobs.ts';
import { collectAll, nineNames, planNine, resultsOf } from '../../builders/planned-job.ts';
import { pretendToProcess } from '../../builders/pretend-processor.ts';

// The first of three parts holds four of the nine images, of 13 bytes or so each; an image of `huge` is predicted to cost 6 cents.
test.each([
  { budget: { images: 5 }, says: /images: \d+ or more \(its budget is 5\)/ },
  { budget: { bytes: 80 }, says: /bytes: \d+ or more \(its budget is 80\)/ },
  { budget: { usd: 0.3 }, says: /cost \$\d\.\d\d or more \(its budget is \$0\.30\)/ },
])('5: planning ends before the part that would exceed $budget, and what is planned is worked on', async (asked) => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane, undefined, { budget: asked.budget });
  const planned = shards.flatMap(({ sources }) => sources.map(({ name }) => name));
  expect(planned.length).toBeGreaterThan(0);
  expect(planned.length).toBeLessThan(nineNames.length);
  expect((await planOf(plane, job)).filter(({ header }) => header.images > 0)).toHaveLength(1);
  for (const shard of shards) await pretendToProcess(plane, shard);
  plane.send('receipts', { v: 1, kind: 'check', job });
  await collectAll(plane);
  expect((await resultsOf(plane, job)).map(({ source }) => source)).toEqual(planned);
  const report = await reportOf(plane, job);
  expect(report).toMatchObject({ state: 'partial', tolerated: false, error: { code: 'BUDGET_EXCEEDED' } });
  expect(report?.images.total).toBe(planned.length);
  expect(report?.error?.message).toMatch(asked.says);
});

test('nothing is sent when the first part is beyond the budget', async () => {
  const plane = await openControlPlane();
  const { job, shards } = await planNine(plane, undefined, { recipe: 'small', budget: { images: 8 } });
  expect(shards).toEqual([]);
  plane.send('receipts', { v: 1, kind: 'check', job });
  await collectAll(plane);
  expect(await reportOf(plane, job)).toMatchObject({
    state: 'failed',
    error: { code: 'BUDGET_EXCEEDED' },
    images: { total: 0 },
  });
});

test('a budget that suffices changes nothing', async () => {
  const plane = await openControlPlane();
  const { shards } = await planNine(plane, undefined, { budget: { images: 9, bytes: 10_000, usd: 1_000 } });
  expect(shards.flatMap(({ sources }) => sources)).toHaveLength(nineNames.length);
});

test("the deployment's budget holds for every job, and the smaller one wins", async () => {
  const plane = await openControlPlane();
  const { splitter } = plane.functions({ budget: { imagesPerJob: 8, usdPerJob: 1_000 } });
  const limited = { ...plane, splitter };
  const { job, shards } = await planNine(limited, undefined, { recipe: 'small', budget: { images: 20, usd: 5 } });
  expect(shards).toEqual([]);
  expect((await jobDocument(plane, job))?.budget).toEqual({ images: 8, usd: 5 });
});
