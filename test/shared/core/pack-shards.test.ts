import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { defaultPacking, packShards } from '../../../shared/core/pack-shards.ts';
import type { Target } from '../../../shared/core/shard.ts';
import { workPredictor } from '../../../shared/core/work.ts';
import { templateOf } from '../../builders/plans.ts';
import { hugeRecipe, s3Keys, smallRecipe, sourceOf } from '../../builders/protocol.ts';

const sizes = fc.option(fc.integer({ min: 0, max: 40_000_000 }), { nil: undefined });
const sourceLists = fc
  .array(fc.tuple(s3Keys, sizes), { maxLength: 1_200 })
  .map((items) => items.map(([name, size], ordinal) => sourceOf(ordinal, { name, key: name, size })));
const targets = fc.record({
  maxShardWorkMs: fc.integer({ min: 1, max: 20_000 }),
  parallelism: fc.integer({ min: 1, max: 200 }),
});

test('shards hold every source exactly once and in order, within every limit', () => {
  const predict = workPredictor(smallRecipe);
  fc.assert(
    fc.property(sourceLists, targets, (list, target) => {
      const shards = packShards(
        templateOf(),
        list.map((source) => ({ source })),
        target,
      );
      expect(shards.flatMap((shard) => shard.sources)).toEqual(list);
      for (const shard of shards) {
        expect(shard.partImages).toBe(list.length);
        expect(shard.sources.length).toBeLessThanOrEqual(limits.maxImagesPerShard);
        expect(Buffer.byteLength(JSON.stringify(shard))).toBeLessThanOrEqual(limits.maxShardBytes);
        const workMs = shard.sources.reduce((sum, { size }) => sum + predict(size), 0);
        const isAlone = shard.sources.length === 1;
        expect(isAlone || workMs <= Math.max(400, target.maxShardWorkMs)).toBe(true);
      }
    }),
    { numRuns: 25 },
  );
});

test('a message of the longest names stays below what SQS takes', () => {
  const name = '\u0001'.repeat(1_024);
  const list = Array.from({ length: 300 }, (_, ordinal) => sourceOf(ordinal, { name, key: name, size: 1 }));
  const shards = packShards(
    templateOf(),
    list.map((source) => ({ source })),
  );
  expect(shards.length).toBeGreaterThan(1);
  for (const shard of shards) expect(Buffer.byteLength(JSON.stringify(shard))).toBeLessThan(limits.maxMessageBytes);
});

function shardsOf(images: number): number {
  const list = Array.from({ length: images }, (_, ordinal) => sourceOf(ordinal, { size: 3_000_000 }));
  return packShards(
    templateOf(),
    list.map((source) => ({ source })),
    defaultPacking,
  ).length;
}

test('a small job is cut for parallelism, a large one by work', () => {
  expect(shardsOf(10)).toBe(1);
  expect(shardsOf(1_000)).toBeGreaterThan(40);
  expect(shardsOf(100_000)).toBeLessThanOrEqual(limits.maxShardsPerPart);
});

const other: Target = { recipe: hugeRecipe, output: { prefix: 'other/' } };

test('images of which other renditions are made have shards of their own, in order', () => {
  const images = [undefined, undefined, other, other, undefined].map((target, ordinal) => ({
    source: sourceOf(ordinal, { size: 1_000 }),
    target,
  }));
  const shards = packShards(templateOf(), images, { maxShardWorkMs: 1e9, parallelism: 1 });
  expect(shards.map(({ sources }) => sources.map(({ ordinal }) => ordinal))).toEqual([[0, 1], [2, 3], [4]]);
  expect(shards.map(({ recipe }) => recipe)).toEqual([smallRecipe, hugeRecipe, smallRecipe]);
  expect(shards.map(({ output }) => output.prefix)).toEqual(['out/', 'other/', 'out/']);
});

const smallSource = (ordinal: number) => sourceOf(ordinal, { size: 1_000 });

test('a giant is alone, and known outcomes weigh next to nothing', () => {
  const giant = sourceOf(1, { size: 500_000_000 });
  const packing = { maxShardWorkMs: 1_000, parallelism: 1 };
  const shards = packShards(
    templateOf(),
    [smallSource(0), giant, smallSource(2)].map((source) => ({ source })),
    packing,
  );
  expect(shards.map(({ sources }) => sources.length)).toEqual([1, 1, 1]);
  const settled = Array.from({ length: 500 }, (_, ordinal) => ({
    source: { ...sourceOf(ordinal), verdict: { status: 'skipped', reason: 'filtered' } as const },
  }));
  expect(packShards(templateOf(), settled, packing)).toHaveLength(1);
});
