import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRecipe } from '../../../shared/core/recipe.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import { picture, textFile } from '../../builders/images.ts';
import { unavailable } from '../../builders/faults.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';

let stage: ProcessorStage;
beforeAll(async () => {
  stage = await openProcessorStage();
});
afterAll(() => stage.dispose());

/** Two files of each image; the second one carries the list. */
const pair = (quality: { first: number; second: number }) =>
  parseRecipe({
    name: 'pair',
    renditions: [
      { name: 'first', resize: { width: 40 }, formats: { webp: { quality: quality.first } } },
      { name: 'second', resize: { width: 20 }, formats: { jpeg: { quality: quality.second } } },
    ],
  });
const recipe = pair({ first: 80, second: 80 });

async function plannedShard(name: string, overrides: Partial<Shard> = {}): Promise<Shard> {
  const sources = [
    await stage.put(`${name}/a.jpg`, await picture()),
    await stage.put(`${name}/b.png`, await picture({ format: 'png' })),
  ];
  return stage.shardOf(sources, { recipe, ...overrides });
}

const nextJob = (shard: Shard, overrides: Partial<Shard> = {}): Shard => ({
  ...shard,
  job: `${shard.job}-next`,
  ...overrides,
});

async function statuses(shard: Shard): Promise<(string | undefined)[]> {
  return (await stage.outcomes(shard.job ?? '')).map(({ status, reason }) => reason ?? status);
}

test('a second run skips what is done, reads no source and lists the same renditions', async () => {
  const first = await plannedShard('again');
  await stage.deliver(first);
  const second = nextJob(first);
  const requests = await stage.requestsOf(() => stage.deliver(second));
  // One PUT: the receipt. One HEAD an image. One GET: is the job cancelled?
  expect(requests).toEqual({ HeadObject: 2, GetObject: 1, PutObject: 1, SendMessageBatch: 1 });
  expect(await statuses(second)).toEqual(['already-done', 'already-done']);
  const renditionsOf = async (shard: Shard) =>
    (await stage.outcomes(shard.job ?? '')).map(({ renditions }) => renditions);
  expect(await renditionsOf(second)).toEqual(await renditionsOf(first));
});

test('force renders again, and so do other bytes under the same name', async () => {
  const first = await plannedShard('force');
  await stage.deliver(first);
  const forced = nextJob(first, { force: true });
  await stage.deliver(forced);
  expect(await statuses(forced)).toEqual(['succeeded', 'succeeded']);
  const [a, b] = first.sources;
  const overwritten = await stage.put('force/a.jpg', await picture({ seed: 5 }));
  const third = nextJob(forced, { force: false, sources: [{ ...a, ...overwritten }, ...(b === undefined ? [] : [b])] });
  await stage.deliver(third);
  expect(new Set(await statuses(third))).toEqual(new Set(['already-done', 'succeeded']));
});

test.each([
  { changed: 'first', quality: { first: 40, second: 80 }, puts: 2, copies: 2 },
  { changed: 'second', quality: { first: 80, second: 40 }, puts: 2, copies: 0 },
])('a change of the $changed rendition renders it alone', async ({ changed, quality, puts, copies }) => {
  const first = await plannedShard(`change-${changed}`);
  await stage.deliver(first);
  const before = await stage.renditions(first.output.prefix);
  const second = nextJob(first, { recipe: pair(quality) });
  const requests = await stage.requestsOf(() => stage.deliver(second));
  expect(requests['PutObject']).toBe(puts + 1);
  expect(requests['CopyObject'] ?? 0).toBe(copies);
  expect(await statuses(second)).toEqual(['succeeded', 'succeeded']);

  const after = await stage.renditions(first.output.prefix);
  const differing = Object.keys(after).filter((key) => after[key] !== before[key]);
  expect(differing).toHaveLength(2);
  expect(differing.every((key) => key.includes(`/${changed}.`))).toBe(true);

  const third = nextJob(second);
  await stage.deliver(third);
  expect(await statuses(third)).toEqual(['already-done', 'already-done']);
  expect(await stage.renditions(first.output.prefix)).toEqual(after);
});

test('a recipe of more files than one list holds is recognised as done too', async () => {
  const widths = Array.from({ length: 30 }, (_, index) => 10 + index);
  const many = parseRecipe({
    name: 'many',
    renditions: [{ name: 'width-of-{width}-pixels', widths, formats: { jpeg: {}, webp: {} } }],
  });
  const first = stage.shardOf([await stage.put('many/a.jpg', await picture())], { recipe: many });
  await stage.deliver(first);
  expect(await statuses(first)).toEqual(['succeeded']);
  const second = nextJob(first);
  const requests = await stage.requestsOf(() => stage.deliver(second));
  expect(await statuses(second)).toEqual(['already-done']);
  expect(requests['HeadObject']).toBeLessThanOrEqual(4);
  expect((await stage.outcomes(second.job ?? ''))[0]?.renditions).toHaveLength(60);
});

test('a redelivery that finds its receipt sends the notice again and renders nothing', async () => {
  const shard = await plannedShard('redelivered');
  await stage.deliver(shard);
  const [notice] = await stage.notices(shard.job ?? '');
  const requests = await stage.requestsOf(() => stage.deliver(shard, { receiveCount: 2 }));
  expect(requests).toEqual({ ListObjectsV2: 1, GetObject: 2, SendMessageBatch: 1 });
  expect(await stage.notices(shard.job ?? '')).toEqual([notice]);
  expect(await stage.receipts(shard.job ?? '')).toHaveLength(1);
});

test('a redelivery works only on what its receipts leave open', async () => {
  const shard = await plannedShard('half');
  const [first] = shard.sources;
  await stage.deliver({ ...shard, sources: first === undefined ? [] : [first] });
  const requests = await stage.requestsOf(() => stage.deliver(shard, { receiveCount: 2 }));
  // The open image's two renditions and a receipt.
  expect(requests['PutObject']).toBe(3);
  expect(await statuses(shard)).toEqual(['succeeded', 'succeeded']);
  expect(await stage.notices(shard.job ?? '')).toHaveLength(3);
});

test.each([{ fresh: true }, { fresh: false }])(
  'a crash between renditions and receipt changes no outcome (fresh: $fresh)',
  async ({ fresh }) => {
    const shard = await plannedShard(`crash-${fresh}`, { fresh });
    await stage.during(unavailable('PUT', '/results/_fanlight/'), () => stage.deliver(shard));
    expect(await stage.receipts(shard.job ?? '')).toEqual([]);
    const requests = await stage.requestsOf(() => stage.deliver(shard, { receiveCount: 2 }));
    expect(await statuses(shard)).toEqual(['succeeded', 'succeeded']);
    expect(requests['PutObject']).toBe(1);
  },
);

test('a first delivery into an empty prefix looks for nothing', async () => {
  const shard = await plannedShard('fresh', { fresh: true });
  const requests = await stage.requestsOf(() => stage.deliver(shard));
  expect(requests).toEqual({ GetObject: 3, PutObject: 5, SendMessageBatch: 1 });
});

test('single uploads that are delivered again are not rendered again', async () => {
  const { job: _, ...shard } = await plannedShard('single-again');
  await stage.deliver(shard);
  const requests = await stage.requestsOf(() => stage.deliver(shard, { receiveCount: 2 }));
  expect(requests).toEqual({ ListObjectsV2: 1, GetObject: 1 });
});

test('an image that failed for good fails again without being read twice in one delivery', async () => {
  const shard = stage.shardOf([await stage.put('bad/a.jpg', textFile)], { fresh: true });
  const requests = await stage.requestsOf(() => stage.deliver(shard));
  expect(requests).toEqual({ GetObject: 2, PutObject: 1, SendMessageBatch: 1 });
});
