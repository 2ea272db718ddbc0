import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import {
  defaultPacking,
  packShards,
  parsePart,
  sealOf,
  serializePart,
  type PartHeader,
} from '../../../shared/core/plan.ts';
import { workPredictor } from '../../../shared/core/work.ts';
import { jobOf, templateOf } from '../../builders/plans.ts';
import { s3Keys, smallRecipe, sourceOf } from '../../builders/protocol.ts';

const sizes = fc.option(fc.integer({ min: 0, max: 40_000_000 }), { nil: undefined });
const sources = fc
  .array(fc.tuple(s3Keys, sizes), { maxLength: 1_200 })
  .map((items) => items.map(([name, size], ordinal) => sourceOf(ordinal, { name, key: name, size })));
const targets = fc.record({
  maxShardWorkMs: fc.integer({ min: 1, max: 20_000 }),
  parallelism: fc.integer({ min: 1, max: 200 }),
});

test('shards hold every source exactly once and in order, within every limit', () => {
  const predict = workPredictor(smallRecipe);
  fc.assert(
    fc.property(sources, targets, (list, target) => {
      const shards = packShards(templateOf(), list, target);
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
  const shards = packShards(templateOf(), list);
  expect(shards.length).toBeGreaterThan(1);
  for (const shard of shards) expect(Buffer.byteLength(JSON.stringify(shard))).toBeLessThan(limits.maxMessageBytes);
});

function shardsOf(images: number): number {
  const list = Array.from({ length: images }, (_, ordinal) => sourceOf(ordinal, { size: 3_000_000 }));
  return packShards(templateOf(), list, defaultPacking).length;
}

test('a small job is cut for parallelism, a large one by work', () => {
  expect(shardsOf(10)).toBe(1);
  expect(shardsOf(1_000)).toBeGreaterThan(40);
  expect(shardsOf(100_000)).toBeLessThanOrEqual(limits.maxShardsPerPart);
});

const header: PartHeader = {
  v: 1,
  job: 'job',
  part: 2,
  shards: 1,
  images: 2,
  bytes: 200_000,
  total: { shards: 5, images: 9, bytes: 900_000 },
  start: { source: 0, after: 'a' },
  next: null,
};

test('a part is read as it was written', () => {
  const part = { header, shards: packShards(templateOf({ part: 2 }), [sourceOf(0), sourceOf(1)]) };
  expect(parsePart(serializePart(part))).toEqual(part);
});

test('a part that lost a line is refused', () => {
  expect(() => parsePart(serializePart({ header, shards: [] }))).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
});

test('the seal sums up all parts, and does not count an empty last one', () => {
  const { upload } = jobOf();
  expect(sealOf(upload, header)).toEqual({ v: 1, job: 'job', upload, parts: 3, shards: 5, images: 9, bytes: 900_000 });
  const empty: PartHeader = { ...header, part: 3, shards: 0, images: 0, bytes: 0 };
  expect(sealOf(upload, empty)).toMatchObject({ parts: 3, images: 9 });
  const error = { code: 'ACCESS_DENIED' as const, message: 'no' };
  expect(sealOf(upload, { ...empty, error })).toMatchObject({ parts: 3, error });
});
