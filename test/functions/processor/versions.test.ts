import { afterAll, beforeAll, expect, test } from 'vitest';
import { StateStore } from '../../../shared/aws/state-store.ts';
import { parseRecipe } from '../../../shared/core/recipe.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import type { Source } from '../../../shared/core/source.ts';
import { gateAt } from '../../builders/gated-client.ts';
import { picture } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';

const recipeOf = (quality: number, lastQuality = 80) =>
  parseRecipe({
    name: 'three',
    renditions: [
      { name: 'a', resize: { width: 40 }, formats: { webp: { quality } } },
      { name: 'b', resize: { width: 30 }, formats: { jpeg: {} } },
      { name: 'c', resize: { width: 20 }, formats: { jpeg: { quality: lastQuality } } },
    ],
  });

let stage: ProcessorStage;
let older: Buffer;
let newer: Buffer;
/** Of the newer picture's renditions, when nobody interferes. */
let calm: string[];
beforeAll(async () => {
  stage = await openProcessorStage();
  [older, newer] = await Promise.all([picture({ seed: 1 }), picture({ seed: 2 })]);
  const shard = stage.shardOf([await stage.put('calm.jpg', newer)], { recipe: recipeOf(80) });
  await stage.deliver(shard);
  calm = await hashes(shard);
});
afterAll(() => stage.dispose());

async function hashes({ output }: Shard): Promise<string[]> {
  return Object.values(await stage.renditions(output.prefix));
}

async function resultOf({ job = '' }: Shard): Promise<string | undefined> {
  const [outcome] = await stage.outcomes(job);
  return outcome?.error?.code ?? outcome?.reason ?? outcome?.status;
}

/** An object as its event tells of it; without a sequencer, as a listing does. */
async function putVersion(name: string, body: Buffer, sequencer?: string): Promise<Source> {
  const source = await stage.put(name, body);
  return { ...source, version: { ...source.version, sequencer } };
}

/** Delivers a shard up to its n-th S3 request, counted from 1, which looks whether the job is cancelled; what is returned does the rest. */
async function runTo(shard: Shard, request: number): Promise<() => Promise<unknown>> {
  const s3 = stage.client({});
  const gate = gateAt(s3, request);
  const ended = stage.deliver(shard, { processor: { s3, results: new StateStore(s3, 'results') } });
  await Promise.race([gate.reached, ended]);
  return async () => {
    gate.open();
    await ended;
    s3.destroy();
  };
}

interface Scenario {
  readonly name: string;
  /** Events have sequencers, listings have none. */
  readonly sequenced: boolean;
  readonly fresh: boolean;
  readonly force?: boolean;
  /** Renditions of the older version are there already, all but the first by the same recipe. */
  readonly rendered?: boolean;
}

const scenarios: Scenario[] = [
  { name: 'single uploads', sequenced: true, fresh: true },
  { name: 'single uploads delivered again', sequenced: true, fresh: false },
  { name: 'listings into an empty prefix', sequenced: false, fresh: true },
  { name: 'listings', sequenced: false, fresh: false },
  { name: 'force', sequenced: false, fresh: false, force: true },
  { name: 'a changed rendition', sequenced: true, fresh: false, rendered: true },
  { name: 'a changed rendition, listed', sequenced: false, fresh: false, rendered: true },
];

let runs = 0;

/** Runs both versions, stopping the older one before its i-th request and the newer one before its j-th. */
async function interleave({ sequenced, fresh, force = false, rendered = false }: Scenario, i: number, j: number) {
  const name = `interleaved/${(runs += 1)}.jpg`;
  const put = (body: Buffer, sequencer: string) => putVersion(name, body, sequenced ? sequencer : undefined);
  const first = stage.shardOf([await put(older, '0F')], { recipe: recipeOf(80), fresh, force });
  if (rendered) await stage.deliver({ ...first, job: `${first.job}-before`, recipe: recipeOf(40) });
  const finishFirst = await runTo(first, i);
  // Read by now: what comes later would not find the older version any more.
  const sources = [await put(newer, '0F1')];
  const second = { ...first, job: `${first.job}-newer`, sources };
  const finishSecond = await runTo(second, j);
  await finishFirst();
  await finishSecond();
  return { first, second };
}

test.each(scenarios)(
  'an older version never overwrites a newer one, wherever either is held up: $name',
  { timeout: 60_000 },
  async (scenario) => {
    for (const i of [3, 4, 5, 6])
      for (const j of [3, 5, Infinity]) {
        const { first, second } = await interleave(scenario, i, j);
        const again = { ...second, job: `${second.job}-again`, fresh: false, force: false };
        const requests = await stage.requestsOf(() => stage.deliver(again));
        expect({
          at: [i, j],
          renditions: await hashes(second),
          results: [await resultOf(second), await resultOf(again)],
          looks: requests['HeadObject'],
        }).toEqual({ at: [i, j], renditions: calm, results: ['succeeded', 'already-done'], looks: 1 });
        expect(['succeeded', 'SOURCE_CHANGED']).toContain(await resultOf(first));
      }
  },
);

test('once a newer version is rendered an older event is refused, forced or not, without reading anything', async () => {
  const before = await putVersion('late/a.jpg', older, '66');
  const after = await putVersion('late/a.jpg', newer, '66E');
  const current = stage.shardOf([after], { recipe: recipeOf(80) });
  await stage.deliver(current);
  const late = { ...current, job: 'late', sources: [before] };
  const requests = await stage.requestsOf(() => stage.deliver(late));
  expect(requests).toEqual({ GetObject: 1, HeadObject: 1, PutObject: 1, SendMessageBatch: 1 });
  expect(await resultOf(late)).toBe('SOURCE_CHANGED');
  expect(await stage.outcomes('late')).toMatchObject([
    { error: { message: 'a newer version of the object is already rendered' } },
  ]);
  expect(await hashes(current)).toEqual(calm);
});

test('an overwritten upload costs one look and one write more for each rendition', async () => {
  const first = stage.shardOf([await putVersion('overwritten/a.jpg', older, '01')], {
    recipe: recipeOf(80),
    fresh: true,
  });
  expect(await stage.requestsOf(() => stage.deliver(first))).toMatchObject({ GetObject: 2, PutObject: 4 });
  const second = { ...first, job: 'overwritten', sources: [await putVersion('overwritten/a.jpg', newer, '02')] };
  const requests = await stage.requestsOf(() => stage.deliver(second));
  expect(requests).toMatchObject({ GetObject: 2, HeadObject: 3, PutObject: 7 });
  expect(await hashes(second)).toEqual(calm);
});

test('bytes that come back are as new as their latest event', async () => {
  const first = stage.shardOf([await putVersion('back/a.jpg', newer, '01')], { recipe: recipeOf(80) });
  await stage.deliver(first);
  const between = [1, 2].map((count) => ({ ...first, job: `between-${count}` }));
  const source = await putVersion('back/a.jpg', older, '02');
  const finish = await Promise.all(between.map((shard) => runTo({ ...shard, sources: [source] }, 4)));
  const last = { ...first, job: 'back', sources: [await putVersion('back/a.jpg', newer, '03')] };
  await stage.deliver(last);
  await finish[0]?.();
  expect(await resultOf(between[0] ?? first)).toBe('SOURCE_CHANGED');
  // The earlier event of the same bytes, delivered once more, does not make them older.
  await stage.deliver({ ...first, job: 'first-again', force: true });
  expect(await resultOf({ ...first, job: 'first-again' })).toBe('succeeded');
  await finish[1]?.();
  expect(await resultOf(between[1] ?? first)).toBe('SOURCE_CHANGED');
  expect(await hashes(first)).toEqual(calm);
});

test('other bytes of the same size are noticed', async () => {
  const size = Math.max(older.length, newer.length);
  const padded = (body: Buffer) => Buffer.concat([body, Buffer.alloc(size - body.length)]);
  const first = stage.shardOf([await stage.put('same-size/a.jpg', padded(older))], { recipe: recipeOf(80) });
  await stage.deliver(first);
  const second = { ...first, job: 'same-size', sources: [await stage.put('same-size/a.jpg', padded(newer))] };
  await stage.deliver(second);
  expect(await resultOf(second)).toBe('succeeded');
  expect(await hashes(second)).toEqual(calm);
});

test('another object of the same name below the same output prefix is no older version', async () => {
  const first = stage.shardOf([await stage.put('one/a.jpg', older)], { recipe: recipeOf(80) });
  await stage.deliver(first);
  const other = { ...(await stage.put('two/a.jpg', newer)), name: 'one/a.jpg' };
  const second = { ...first, job: 'other-object', sources: [other] };
  await stage.deliver(second);
  expect(await resultOf(second)).toBe('succeeded');
  expect(await hashes(second)).toEqual(calm);
});

test('a list is not put on a rendition that another recipe has replaced meanwhile', async () => {
  const first = stage.shardOf([await stage.put('recipes/a.jpg', newer)], { recipe: recipeOf(40) });
  await stage.deliver(first);
  // Only its first file is missing, so that the last one just gets another list.
  const second = { ...first, job: 'second-recipe', recipe: recipeOf(80) };
  const finishSecond = await runTo(second, 6);
  await stage.deliver({ ...first, job: 'third-recipe', recipe: recipeOf(40, 20) });
  await finishSecond();
  expect(await stage.outcomes(second.job)).toEqual([]);
  const [copy] = await stage.copies(second.job);
  expect(copy?.delayed).toBe(true);
  await stage.deliver(copy?.shard ?? first);
  expect(await resultOf(second)).toBe('succeeded');
  expect(await hashes(second)).toEqual(calm);
});

test('two deliveries of the same version at once agree', async () => {
  const shard = stage.shardOf([await stage.put('twice/a.jpg', newer)], { recipe: recipeOf(80), fresh: true });
  await Promise.all([stage.deliver(shard), stage.deliver(shard), stage.deliver(shard)]);
  expect(new Set((await stage.outcomes(shard.job ?? '')).map(({ status }) => status))).toEqual(new Set(['succeeded']));
  expect(await hashes(shard)).toEqual(calm);
});
