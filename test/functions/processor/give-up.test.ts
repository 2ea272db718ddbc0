import { afterAll, beforeAll, expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import { unavailable } from '../../builders/faults.ts';
import { picture } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';

let stage: ProcessorStage;
let good: Buffer;
beforeAll(async () => {
  stage = await openProcessorStage();
  good = await picture();
});
afterAll(() => stage.dispose());

const acknowledged = { batchItemFailures: [] };
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const noSources = unavailable('GET', '/uploads/');

async function shardOf(name: string, overrides: Partial<Shard> = {}, attempts = 0): Promise<Shard> {
  const sources = await Promise.all(['a', 'b'].map((key) => stage.put(`${name}/${key}.jpg`, good)));
  return stage.shardOf(
    sources.map((source) => ({ ...source, attempts })),
    overrides,
  );
}

test('no copy is sent that would come when the deadline is over', async () => {
  const shard = await shardOf('overdue', { deadlineAt: inMs(20_000) });
  const job = shard.job ?? '';
  expect(await stage.during(noSources, () => stage.deliver(shard))).toEqual(acknowledged);
  expect(await stage.copies(job)).toEqual([]);
  const outcomes = await stage.outcomes(job);
  expect(outcomes.map(({ error, attempts }) => [error?.code, attempts])).toEqual([
    ['TIMEOUT', 1],
    ['TIMEOUT', 1],
  ]);
  expect(outcomes[0]?.error?.message).toContain(shard.deadlineAt);
  expect(await stage.notices(job)).toHaveLength(1);
});

test('a copy that comes in time is sent', async () => {
  const shard = await shardOf('in-time', { deadlineAt: inMs(60_000) });
  await stage.during(noSources, () => stage.deliver(shard));
  expect(await stage.copies(shard.job)).toMatchObject([{ shard: { deadlineAt: shard.deadlineAt }, delayed: true }]);
});

test('images that time did not suffice for are not continued after the deadline', async () => {
  const shard = await shardOf('late', { deadlineAt: inMs(-1) });
  expect(await stage.deliver(shard, { remainingMs: () => 0 })).toEqual(acknowledged);
  expect(await stage.copies(shard.job)).toEqual([]);
  expect((await stage.outcomes(shard.job ?? '')).map(({ error }) => error?.code)).toEqual(['TIMEOUT', 'TIMEOUT']);
});

test('an image that was tried too often fails with the last trouble', async () => {
  const shard = await shardOf('worn', {}, limits.maxAttempts - 1);
  expect(await stage.during(noSources, () => stage.deliver(shard))).toEqual(acknowledged);
  expect(await stage.copies(shard.job)).toEqual([]);
  const [first] = await stage.outcomes(shard.job ?? '');
  expect(first).toMatchObject({ status: 'failed', error: { code: 'INTERNAL' }, attempts: limits.maxAttempts });
  expect(first?.error?.message).toMatch(/given up after 20 deliveries: .*reduce your request rate/i);
});

test('while not even that can be recorded, the images go on in a copy', async () => {
  const shard = await shardOf('outage', { deadlineAt: inMs(-1) }, limits.maxAttempts);
  const noReceipts = unavailable('PUT', '/results/_fanlight/');
  const both: typeof noReceipts = (req, res, url) => noSources(req, res, url) || noReceipts(req, res, url);
  expect(await stage.during(both, () => stage.deliver(shard))).toEqual(acknowledged);
  expect(await stage.copies(shard.job)).toMatchObject([{ shard: { hop: 1 } }]);
  expect(await stage.notices(shard.job ?? '')).toEqual([]);
});
