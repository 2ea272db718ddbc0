import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRecipe } from '../../../shared/core/recipe.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import { picture, textFile } from '../../builders/images.ts';
import { openProcessorStage, tinyRecipe, type ProcessorStage } from '../../builders/processor-stage.ts';
import { until } from '../../builders/test-stack.ts';

let stage: ProcessorStage;
beforeAll(async () => {
  stage = await openProcessorStage();
});
afterAll(() => stage.dispose());

test('a worker killed in the middle of an image costs nobody an outcome', async () => {
  const slow = parseRecipe({ name: 'slow', renditions: [{ name: 'slow', formats: { avif: { effort: 4 } } }] });
  const large = await picture({ width: 600, height: 450 });
  const sources = await Promise.all([0, 1, 2].map((index) => stage.put(`killed/${index}.jpg`, large)));
  const shard = stage.shardOf(sources, { recipe: slow });
  await stage.deliver(stage.shardOf(sources));
  const delivery = stage.deliver(shard);
  const busy = () => stage.processor.pool.workers().find((worker) => worker.busy);
  const victim = await until(busy, (worker) => worker !== undefined);
  if (victim !== undefined) process.kill(victim.pid, 'SIGKILL');
  expect(await delivery).toEqual({ batchItemFailures: [] });
  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(outcomes.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expect(stage.processor.pool.workers().map(({ pid }) => pid)).not.toContain(victim?.pid);
  expect(await stage.leftovers()).toEqual([]);
});

test('100 warm deliveries of different jobs do not bleed into each other', async () => {
  const grey = parseRecipe({
    name: 'grey',
    operations: [{ greyscale: true }],
    renditions: [{ name: 'grey', resize: { width: 24 }, formats: { png: {} } }],
  });
  const [a, b, bad] = await Promise.all([
    stage.put('warm/same.jpg', await picture({ seed: 1 })),
    stage.put('warm/other.jpg', await picture({ seed: 2, width: 80 })),
    stage.put('warm/bad.jpg', textFile),
  ]);
  const kinds: ((job: string) => { shard: Shard; expected: string[] })[] = [
    (job) => ({ shard: stage.shardOf([a, b], { job }), expected: ['tiny 32', 'tiny 32'] }),
    (job) => ({ shard: stage.shardOf([b], { job, recipe: grey }), expected: ['grey 24'] }),
    (job) => ({ shard: stage.shardOf([bad, a], { job }), expected: ['UNSUPPORTED_FORMAT', 'tiny 32'] }),
    (job) => ({ shard: stage.shardOf([b, a], { job, recipe: grey }), expected: ['grey 24', 'grey 24'] }),
  ];
  await stage.deliver(stage.shardOf([a, b, a, b], { recipe: tinyRecipe }));
  for (let delivery = 0; delivery < 100; delivery++) {
    const { shard, expected } = kinds[delivery % kinds.length]?.(`warm-${delivery}`) ?? {
      shard: stage.shardOf([a]),
      expected: [],
    };
    await stage.deliver(shard);
    const outcomes = await stage.outcomes(shard.job ?? '');
    const bySource = new Map(
      outcomes.map(({ source, error, renditions: [first] }) => [
        source,
        error?.code ?? `${first?.name} ${first?.width}`,
      ]),
    );
    expect(shard.sources.map(({ name }) => bySource.get(name))).toEqual(expected);
    expect(await stage.leftovers()).toEqual([]);
  }
  expect(stage.processor.pool.workers().length).toBeLessThanOrEqual(2);
  expect(stage.processor.pool.workers().filter(({ busy }) => busy)).toEqual([]);
});

test('a delivery leaves no timer armed and nothing under way', async () => {
  const script = fileURLToPath(new URL('../../builders/one-delivery.ts', import.meta.url));
  const temporary = await mkdtemp(join(tmpdir(), 'fanlight-one-delivery-'));
  const env = { ...process.env, TMPDIR: temporary };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000, env });
    expect(stdout.trim()).toBe('succeeded');
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
});
