import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRecipe } from '../../../shared/core/recipe.ts';
import { messageGroupOf, type Shard } from '../../../shared/core/shard.ts';
import { brokenBody, queuesUnavailable, shortBody, unavailable } from '../../builders/faults.ts';
import { picture } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';
import { textLike } from '../../builders/text-like.ts';

let stage: ProcessorStage;
let good: Buffer;
beforeAll(async () => {
  stage = await openProcessorStage();
  good = await picture();
});
afterAll(() => stage.dispose());

const acknowledged = { batchItemFailures: [] };
const returned = { batchItemFailures: [{ itemIdentifier: 'message-1' }] };

async function plannedShard(name: string, images: number): Promise<Shard> {
  const names = Array.from({ length: images }, (_, index) => `${name}/${index}.jpg`);
  return stage.shardOf(await Promise.all(names.map((key) => stage.put(key, good))));
}

/** Delivers the copies of a job until none is left. */
async function followCopies(job: string): Promise<void> {
  for (let copies = await stage.copies(job); copies.length > 0; copies = await stage.copies(job)) {
    for (const { shard } of copies) await stage.deliver(shard);
  }
}

async function results(job: string): Promise<[string, number][]> {
  return (await stage.outcomes(job)).map(({ status, attempts }) => [status, attempts]);
}

test.each([
  { what: 'sources cannot be read', method: 'GET', path: '/uploads/' },
  { what: 'earlier renditions cannot be looked for', method: 'HEAD', path: '/results/renditions/' },
  { what: 'renditions cannot be written', method: 'PUT', path: '/results/renditions/' },
  { what: 'the receipt cannot be written', method: 'PUT', path: '/results/_fanlight/' },
])('while $what, images go into a delayed copy', async ({ method, path }) => {
  const shard = await plannedShard(`outage-${method}${path.length}`, 3);
  const job = shard.job ?? '';
  expect(await stage.during(unavailable(method, path), () => stage.deliver(shard))).toEqual(acknowledged);
  expect(await stage.receipts(job)).toEqual([]);
  expect(await stage.notices(job)).toEqual([]);
  const copies = await stage.copies(job);
  const tried = shard.sources.map((source) => ({ ...source, attempts: 1 }));
  expect(copies).toEqual([{ shard: { ...shard, hop: 1, transient: 1, sources: tried }, delayed: true, group: job }]);

  for (const { shard: copy } of copies) await stage.deliver(copy);
  expect(await results(job)).toEqual(shard.sources.map(() => ['succeeded', 2]));
  expect(await stage.leftovers()).toEqual([]);
});

test('copies of single uploads stay in the group of their route, as the splitter sent them', async () => {
  const { job: _, ...shard } = await plannedShard('single-outage', 1);
  await stage.during(unavailable('GET', '/uploads/'), () => stage.deliver(shard));
  expect(await stage.copies(undefined)).toMatchObject([{ group: messageGroupOf(shard) }]);
  expect(messageGroupOf(shard)).not.toBe(messageGroupOf({ route: 'other/' }));
});

test('an outage is noticed after a few images; the others wait untried', async () => {
  const shard = await plannedShard('long-outage', 40);
  await stage.during(unavailable('GET', '/uploads/'), () => stage.deliver(shard));
  const [copy, ...others] = await stage.copies(shard.job ?? '');
  expect(others).toEqual([]);
  expect(copy?.shard.sources.map(({ ordinal }) => ordinal)).toEqual(shard.sources.map(({ ordinal }) => ordinal));
  const tried = copy?.shard.sources.filter(({ attempts }) => attempts > 0).length;
  expect(tried).toBeGreaterThanOrEqual(8);
  expect(tried).toBeLessThan(16);
});

test('when earlier receipts cannot be listed, a redelivery becomes a delayed copy and no death', async () => {
  const shard = await plannedShard('unlisted', 2);
  const deliver = () => stage.deliver(shard, { receiveCount: 2 });
  expect(await stage.during(unavailable('GET', '/results'), deliver)).toEqual(acknowledged);
  await followCopies(shard.job ?? '');
  expect(await results(shard.job ?? '')).toEqual([
    ['succeeded', 1],
    ['succeeded', 1],
  ]);
});

test.each([{ fault: brokenBody }, { fault: shortBody }])(
  '$fault.name is read again, at once at first',
  async ({ fault }) => {
    const shard = await plannedShard(`${fault.name}-twice`, 1);
    const path = `/uploads/${fault.name}-twice/`;
    expect(await stage.during(fault(path, good, 2), () => stage.deliver(shard))).toEqual(acknowledged);
    expect(await results(shard.job ?? '')).toEqual([['succeeded', 1]]);
  },
);

test.each([{ fault: brokenBody }, { fault: shortBody }])(
  '$fault.name without an end is a copy, never half an image',
  async ({ fault }) => {
    const shard = await plannedShard(`${fault.name}-always`, 1);
    const path = `/uploads/${fault.name}-always/`;
    await stage.during(fault(path, good, 100), () => stage.deliver(shard));
    expect(await stage.renditions(shard.output.prefix)).toEqual({});
    await followCopies(shard.job ?? '');
    expect(await results(shard.job ?? '')).toEqual([['succeeded', 2]]);
  },
);

test('a rendition too large for memory is streamed, and sent again when that fails', async () => {
  const recipe = parseRecipe({ name: 'raw', renditions: [{ name: 'raw', formats: { png: { compressionLevel: 0 } } }] });
  const source = await stage.put('streamed/a.png', await picture({ format: 'png', width: 1_000, height: 800 }));
  const shard = stage.shardOf([source], { recipe });
  await stage.during(unavailable('PUT', '/results/renditions/', 2), () => stage.deliver(shard));
  const [outcome] = await stage.outcomes(shard.job ?? '');
  expect(outcome?.renditions[0]?.bytes).toBeGreaterThan(2_400_000);
  expect(outcome).toMatchObject({ status: 'succeeded', attempts: 1 });
});

test('when no notice can be sent the message is returned, and its redelivery makes up for it', async () => {
  const shard = await plannedShard('silent', 2);
  expect(await stage.during(queuesUnavailable, () => stage.deliver(shard))).toEqual(returned);
  expect(await stage.receipts(shard.job ?? '')).toHaveLength(1);
  expect(await stage.notices(shard.job ?? '')).toEqual([]);
  expect(await stage.deliver(shard, { receiveCount: 2 })).toEqual(acknowledged);
  expect(await stage.notices(shard.job ?? '')).toHaveLength(1);
  expect(await stage.receipts(shard.job ?? '')).toHaveLength(1);
});

test('when neither receipt nor copy gets through the message is returned', async () => {
  const shard = await plannedShard('cut-off', 1);
  const s3Too = unavailable('PUT', '/results/');
  const all: typeof queuesUnavailable = (req, res, url) => queuesUnavailable(req, res, url) || s3Too(req, res, url);
  expect(await stage.during(all, () => stage.deliver(shard))).toEqual(returned);
  expect(await stage.leftovers()).toEqual([]);
});

test('an unexpected error is tried three times, then it is the outcome', async () => {
  const shard = await plannedShard('unexpected', 1);
  const pool = {
    run: async () => ({ status: 'failed', error: { code: 'INTERNAL', message: 'no worker starts' } }) as const,
    workers: () => [],
    engine: () => undefined,
    idle: async () => {},
    close: async () => {},
  };
  const deliver = (next: Shard) => stage.deliver(next, { processor: { pool } });
  const job = shard.job ?? '';
  await deliver(shard);
  for (let copies = await stage.copies(job); copies.length > 0; copies = await stage.copies(job)) {
    for (const copy of copies) await deliver(copy.shard);
  }
  expect(await stage.outcomes(job)).toMatchObject([
    { status: 'failed', attempts: 3, error: { code: 'INTERNAL', message: textLike(/no worker starts/) } },
  ]);
});
