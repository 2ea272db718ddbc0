import type { S3Client } from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { earlierLooksPerImage, noticeBatches, usageOfCounts } from '../../../../shared/core/cost/requests.ts';
import { builtInRecipes } from '../../../../shared/core/built-in-recipes.ts';
import { tagRuns } from '../../../../shared/core/rendition-tag.ts';
import { expandRenditions } from '../../../../shared/core/renditions.ts';
import { openControlPlane } from '../../../builders/control-plane.ts';
import { numbered, putImages, reportOf, submit } from '../../../builders/jobs.ts';
import { pretendToProcess, shardsIn } from '../../../builders/pretend-processor.ts';

/** Counts commands by name from now on. */
function countCommands(s3: S3Client): (name: string) => number {
  const counts = new Map<string, number>();
  s3.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        counts.set(commandName, (counts.get(commandName) ?? 0) + 1);
        return next(args);
      },
    { step: 'initialize' },
  );
  return (name) => counts.get(`${name}Command`) ?? 0;
}

test.each([
  { recipe: 'small', images: 1 },
  { recipe: 'small', images: 500 },
  { recipe: 'huge', images: 20 },
])('$images images, $recipe: splitter and collector ask S3 as often as modelled', async ({ recipe, images }) => {
  const plane = await openControlPlane();
  await putImages(plane, 'runs/x/', numbered(images));
  const counted = countCommands(plane.s3);
  const jobId = await submit(plane, { recipe, sources: [{ prefix: 's3://uploads/runs/x/' }] });
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  const shards = shardsIn(await plane.take('shards'));
  // The seal's check first, then each notice in a batch of its own.
  await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
  for (const shard of shards) {
    await pretendToProcess(plane, shard);
    await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
  }
  const requests = {
    s3Puts: counted('PutObject'),
    s3Gets: counted('GetObject') + counted('HeadObject'),
    s3Lists: counted('ListObjectsV2'),
  };
  const report = await reportOf(plane, await jobId());
  expect(report?.images.succeeded).toBe(images);

  const modelled = usageOfCounts({
    images,
    looks: 0,
    reads: 0,
    renditions: 0,
    shards: shards.length,
    receipts: shards.length,
    noticeBatches: shards.length,
    parts: report?.plan.parts ?? 0,
    jobs: 1,
    imageEvents: 0,
  });
  expect(requests.s3Puts).toBeLessThanOrEqual(modelled.s3Puts);
  expect(requests.s3Gets).toBeLessThanOrEqual(modelled.s3Gets);
  expect(requests.s3Lists).toBeLessThanOrEqual(modelled.s3Lists);
  expect(requests.s3Puts).toBeGreaterThanOrEqual(0.9 * modelled.s3Puts);
  expect(requests.s3Lists).toBeGreaterThanOrEqual(0.8 * modelled.s3Lists);
  // The model has a continuation in every part, of which there is none here, and a look for cancel.json in every shard.
  expect(requests.s3Gets).toBeGreaterThan(0.6 * modelled.s3Gets);
});

test.each(Object.values(builtInRecipes))('HEADs for earlier renditions: $name', (recipe) => {
  const renditions = expandRenditions(recipe);
  expect(earlierLooksPerImage(renditions.length)).toBe(tagRuns(renditions).length);
});

test('there are no more batches than notices, and none is larger than the mapping allows', () => {
  fc.assert(
    fc.property(fc.nat(1e7), fc.nat(1e12), fc.integer({ min: 1, max: 1_000 }), (receipts, ms, concurrency) => {
      const batches = noticeBatches(receipts, ms, concurrency);
      expect(batches).toBeLessThanOrEqual(receipts);
      expect(batches).toBeGreaterThanOrEqual(receipts / 100);
    }),
  );
});
