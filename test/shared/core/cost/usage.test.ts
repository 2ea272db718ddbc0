import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PriceListSchema, usEast1Prices } from '../../../../shared/core/cost/prices.ts';
import { addUsage, costOf, noUsage, scaleUsage, UsageSchema, type Usage } from '../../../../shared/core/cost/usage.ts';

const amount = fc.double({ min: 0, max: 1e9, noNaN: true });
const usages = fc.record({
  s3Puts: amount,
  s3Gets: amount,
  s3Lists: amount,
  sqsRequests: amount,
  lambdaInvocations: amount,
  lambdaGbSeconds: amount,
  events: amount,
});

test('the price list is one of its schema, and says when and where', () => {
  expect(PriceListSchema.parse(usEast1Prices)).toEqual(usEast1Prices);
  expect(usEast1Prices).toMatchObject({ region: 'us-east-1', date: '2026-11' });
  expect(() => PriceListSchema.parse({ ...usEast1Prices, date: 'today' })).toThrow('date');
  expect(() => PriceListSchema.parse({ ...usEast1Prices, currency: 'EUR' })).toThrow('currency');
});

test.each([
  // A million of each, or a thousand where S3 counts so.
  [{ s3Puts: 1_000 }, 's3', 0.005],
  [{ s3Gets: 1_000 }, 's3', 0.0004],
  [{ s3Lists: 1_000 }, 's3', 0.005],
  [{ sqsRequests: 1e6 }, 'sqs', 0.5],
  [{ lambdaInvocations: 1e6 }, 'lambda', 0.2],
  [{ lambdaGbSeconds: 1e6 }, 'lambda', 13.3334],
  [{ events: 1e6 }, 'eventBridge', 1],
] as const)('%o costs %s $%d', (usage, service, usd) => {
  const cost = costOf(addUsage(usage), usEast1Prices, 'arm64');
  expect(cost.usd).toBeCloseTo(usd, 9);
  expect(cost.byService[service]).toBeCloseTo(usd, 9);
});

test('x86 seconds cost more; another list of prices is used as it is', () => {
  const usage = addUsage({ lambdaGbSeconds: 1e6 });
  expect(costOf(usage, usEast1Prices, 'x86_64').usd).toBeCloseTo(16.6667, 9);
  const dearer = { ...usEast1Prices, lambda: { ...usEast1Prices.lambda, perGbSecond: { arm64: 1, x86_64: 2 } } };
  expect(costOf(usage, dearer, 'arm64').usd).toBe(1e6);
});

const usdOf = (usage: Usage): number => costOf(usage, usEast1Prices, 'arm64').usd;

/** But for the rounding of doubles, of which the smallest have no digits left. */
function expectSameUsd(a: number, b: number): void {
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * Math.max(a, b) + 1e-300);
}

test('costs of sums are sums of costs, and nothing costs nothing', () => {
  expect(usdOf(noUsage)).toBe(0);
  fc.assert(
    fc.property(usages, usages, fc.double({ min: 0, max: 1e3, noNaN: true }), (a, b, factor) => {
      expect(UsageSchema.parse(addUsage(a, b))).toEqual(addUsage(b, a));
      expectSameUsd(usdOf(addUsage(a, b)), usdOf(a) + usdOf(b));
      expectSameUsd(usdOf(scaleUsage(a, factor)), factor * usdOf(a));
    }),
  );
});
