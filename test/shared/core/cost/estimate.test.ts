import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { actualUsage, type RecordedWork } from '../../../../shared/core/cost/actual.ts';
import { estimateJob, type PlannedWork } from '../../../../shared/core/cost/estimate.ts';
import { architectures, usEast1Prices } from '../../../../shared/core/cost/prices.ts';
import { costOf, CostSchema, UsageSchema, type Usage } from '../../../../shared/core/cost/usage.ts';

const usdOf = (usage: Usage): number => costOf(usage, usEast1Prices, 'arm64').usd;
const usdOfPlan = (work: PlannedWork): number => usdOf(estimateJob(work));
const usdOfRecord = (work: RecordedWork): number => usdOf(actualUsage(work));

/** A million photographs of 2 MB through `thumbnail`: the planner makes 253 shards of 100,000 of them, 25.2 ms each. */
const thumbnails = {
  images: 1_000_000,
  shards: 2_530,
  parts: 10,
  renditionsPerImage: 1,
  workMsPerImage: 25.2,
  memoryMb: 1_769,
  fresh: true,
} as const satisfies PlannedWork;

const plans = fc
  .record({
    images: fc.nat(50_000_000),
    imagesPerShard: fc.integer({ min: 1, max: 500 }),
    shardsPerPart: fc.integer({ min: 1, max: 1_000 }),
    renditionsPerImage: fc.nat(40),
    workMsPerImage: fc.double({ min: 0, max: 60_000, noNaN: true }),
    memoryMb: fc.integer({ min: 128, max: 10_240 }),
    maxConcurrency: fc.integer({ min: 2, max: 1_000 }),
    fresh: fc.boolean(),
    imageEvents: fc.boolean(),
  })
  .map(({ imagesPerShard, shardsPerPart, ...rest }) => {
    const shards = Math.ceil(rest.images / imagesPerShard);
    return { ...rest, shards, parts: Math.ceil(shards / shardsPerPart) };
  });

const records = fc
  .record({
    images: fc.nat(1_000_000),
    readShare: fc.double({ min: 0, max: 1, noNaN: true }),
    renditions: fc.nat(10_000_000),
    looks: fc.nat(1_000_000),
    shards: fc.nat(10_000),
    receipts: fc.nat(10_000),
    parts: fc.nat(100),
    computeMs: fc.nat(1e12),
    memoryMb: fc.integer({ min: 128, max: 10_240 }),
  })
  .map(({ readShare, ...rest }) => ({ ...rest, imagesRead: Math.floor(readShare * rest.images) }));

/** Sums of doubles in another order differ by that. */
const rounding = 1 + 1e-9;

test('a hand calculation', () => {
  // 10 shards of 100 images, two renditions each, 100 ms of work each, on one vCPU; a HEAD per image.
  const usage = estimateJob({
    images: 1_000,
    shards: 10,
    parts: 1,
    renditionsPerImage: 2,
    workMsPerImage: 100,
    memoryMb: 1_769,
    fresh: false,
  });
  // Renditions 2,000; receipts 10; batches of notices 10 (no more than notices); part 4; job 9.
  expect(usage.s3Puts).toBeCloseTo(2_000 + 10 + 10 + 4 + 9);
  // Sources 1,000; HEADs 1,000; cancel.json 10; receipts 10; batches 20; part 18; job 11.
  expect(usage.s3Gets).toBeCloseTo(1_000 + 1_000 + 10 + 10 + 20 + 18 + 11);
  // Keys 1; part 2; job 2.
  expect(usage.s3Lists).toBeCloseTo(1 + 2 + 2);
  // Sources twice 250 bytes; shards 0.1 + 1 + 1 and twice 1,500 bytes; notices 3; part 4; job 6.
  expect(usage.sqsRequests).toBeCloseTo(500_000 / 65_536 + 10 * (2.1 + 3_000 / 65_536) + 30 + 4 + 6);
  // Processor 10, collector 10, continuation 1, manifest and check 2.
  expect(usage.lambdaInvocations).toBeCloseTo(10 + 10 + 1 + 2);
  // Processor: 100 s of work, 10 × 0.25 s around it, 10 cold starts of 1 s, 1,769 MB. Others, at 1 GB: 0.4 s + 0.1 s + 1.5 s + 1.5 s + 2.5 s.
  expect(usage.lambdaGbSeconds).toBeCloseTo((100 + 2.5 + 10) * (1_769 / 1_024) + 6);
  expect(usage.events).toBe(1);

  const { usd, byService } = costOf(usage, usEast1Prices, 'arm64');
  // 2,033 PUTs × $0.005 + 2,069 GETs × $0.0004 + 5 LISTs × $0.005, per 1,000.
  expect(byService.s3).toBeCloseTo(0.010165 + 0.0008276 + 0.000025, 9);
  // 69.087 requests × ($0.40 + $0.10) per million.
  expect(byService.sqs).toBeCloseTo(0.0000345, 6);
  // 23 × $0.20 per million + 200.35 GB-s × $0.0000133334.
  expect(byService.lambda).toBeCloseTo(0.0000046 + 0.0026713, 6);
  expect(byService.eventBridge).toBeCloseTo(0.000001, 9);
  expect(usd).toBeCloseTo(0.013729, 6);
});

test('a million thumbnails: PUTs are most of the bill', () => {
  const usage = estimateJob(thumbnails);
  const { usd } = costOf(usage, usEast1Prices, 'arm64');
  const putsUsd = (usage.s3Puts * usEast1Prices.s3.putsPer1000) / 1_000;
  expect(putsUsd / usd).toBeGreaterThan(0.8);
  // 1,000,000 PUTs are $5, their GETs $0.40; 25,200 s of 1.73 GB are $0.58; bookkeeping is below 5 % of all that.
  expect(usd).toBeGreaterThan(5.98);
  expect(usd).toBeLessThan(1.05 * 5.98);
});

test('one invocation per image would cost more', () => {
  const oneByOne = usdOfPlan({ ...thumbnails, shards: thumbnails.images, parts: 1_000 });
  expect(usdOfPlan(thumbnails) / oneByOne).toBeLessThan(0.75);
});

test('usage and cost are never negative, NaN or infinite', () => {
  fc.assert(
    fc.property(plans, records, fc.constantFrom(...architectures), (plan, record, architecture) => {
      for (const usage of [estimateJob(plan), actualUsage(record)]) {
        expect(UsageSchema.parse(usage)).toEqual(usage);
        const cost = costOf(usage, usEast1Prices, architecture);
        expect(CostSchema.parse(cost)).toEqual(cost);
      }
    }),
  );
});

test('more of anything never costs less', () => {
  const grown = fc.constantFrom('images', 'shards', 'parts', 'renditionsPerImage', 'workMsPerImage');
  fc.assert(
    fc.property(plans, grown, fc.nat(100_000), (plan, what, more) => {
      const larger = { ...plan, [what]: plan[what] + more };
      expect(usdOfPlan(larger) * rounding).toBeGreaterThanOrEqual(usdOfPlan(plan));
      expect(usdOfPlan({ ...plan, fresh: false }) * rounding).toBeGreaterThanOrEqual(usdOfPlan(plan));
    }),
  );
  const recorded = fc.constantFrom('images', 'renditions', 'looks', 'shards', 'receipts', 'parts', 'computeMs');
  fc.assert(
    fc.property(records, recorded, fc.nat(100_000), (record, what, more) => {
      const larger = { ...record, [what]: record[what] + more };
      expect(usdOfRecord(larger) * rounding).toBeGreaterThanOrEqual(usdOfRecord(record));
    }),
  );
});

test('two jobs cost at least one of both, but for the constant of a job', () => {
  fc.assert(
    fc.property(plans, (half) => {
      const whole = { ...half, images: 2 * half.images, shards: 2 * half.shards, parts: 2 * half.parts };
      const none = usdOfPlan({ ...half, images: 0, shards: 0, parts: 0 });
      expect((2 * usdOfPlan(half) - none) * rounding).toBeGreaterThanOrEqual(usdOfPlan(whole));
      // And the whole is more than a half: only cold starts and the first notices are shared.
      const shared = usdOfPlan({ ...half, images: 0, parts: 0 }) - none;
      expect(usdOfPlan(whole) * rounding).toBeGreaterThanOrEqual(2 * usdOfPlan(half) - none - shared);
    }),
  );
});

test('without images only the job itself costs, whatever would have been done with them', () => {
  const base = usdOfPlan({ ...thumbnails, images: 0, shards: 0, parts: 0 });
  expect(base).toBeGreaterThan(0);
  expect(base).toBeLessThan(0.0002);
  fc.assert(
    fc.property(plans, (plan) => {
      expect(usdOfPlan({ ...plan, images: 0, shards: 0, parts: 0 })).toBeCloseTo(base, 12);
    }),
  );
  const nothing = { images: 0, imagesRead: 0, renditions: 0, looks: 0, shards: 0, receipts: 0, parts: 0, computeMs: 0 };
  expect(usdOfRecord({ ...nothing, memoryMb: 1_769 })).toBeCloseTo(base, 12);
});

test('memory buys vCPUs: half of one takes twice the time, four take a quarter of it', () => {
  const work = { ...thumbnails, shards: 0 };
  const { lambdaGbSeconds } = estimateJob(work);
  expect(estimateJob({ ...work, memoryMb: 1_769 / 2 }).lambdaGbSeconds).toBeCloseTo(lambdaGbSeconds, 3);
  expect(estimateJob({ ...work, memoryMb: 4 * 1_769 }).lambdaGbSeconds).toBeCloseTo(lambdaGbSeconds, 3);
  // One worker does not use what is above its vCPU.
  expect(estimateJob({ ...work, memoryMb: 1.5 * 1_769 }).lambdaGbSeconds).toBeGreaterThan(1.4 * lambdaGbSeconds);
});

test('a job that goes as predicted costs what was predicted', () => {
  const { images, shards, parts } = thumbnails;
  // Of the 25.2 ms, the SDK takes 3.9 for the GET and 2.6 for the PUT: the worker has the rest.
  const actual = usdOfRecord({
    images,
    imagesRead: images,
    renditions: images,
    looks: 0,
    shards,
    receipts: shards,
    parts,
    computeMs: images * (25.2 - 3.9 - 2.6),
    memoryMb: 1_769,
  });
  expect(actual).toBeCloseTo(usdOfPlan(thumbnails), 6);
});

test('a job that finds everything done pays no PUTs and no worker', () => {
  const images = 1_000_000;
  const skipped = { images, imagesRead: 0, renditions: 0, looks: images, shards: 2_530, receipts: 2_530, parts: 10 };
  expect(usdOfRecord({ ...skipped, computeMs: 0, memoryMb: 1_769 })).toBeLessThan(0.15 * usdOfPlan(thumbnails));
});

test('an event per image is a dollar per million', () => {
  expect(usdOfPlan({ ...thumbnails, imageEvents: true }) - usdOfPlan(thumbnails)).toBeCloseTo(1, 6);
});

test.each([
  { images: -1 },
  { workMsPerImage: Number.NaN },
  { shards: Infinity },
  { memoryMb: 64 },
  { maxConcurrency: 0 },
])('refuses %o', (wrong) => {
  expect(() => estimateJob({ ...thumbnails, ...wrong })).toThrow(Object.keys(wrong)[0]);
});
