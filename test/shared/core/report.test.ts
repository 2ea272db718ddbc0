import { expect, test } from 'vitest';
import type { PartDone, Seal } from '../../../shared/core/job.ts';
import { composeReport, ReportSchema } from '../../../shared/core/report.ts';
import { costBasis } from '../../builders/cost-basis.ts';
import { jobOf } from '../../builders/plans.ts';

const context = { now: new Date('2026-11-23T06:00:00.000Z'), costBasis };
const seal: Seal = { v: 1, job: 'job', upload: jobOf().upload, parts: 2, shards: 7, images: 10, bytes: 1_000 };

function done(part: number, succeeded: number, failed: number, skipped = 0): PartDone {
  return {
    v: 1,
    job: 'job',
    part,
    images: succeeded + failed + skipped,
    counts: { succeeded, failed, skipped },
    bytesIn: 100,
    bytesOut: 50,
    computeMs: 30,
    failures: Array.from({ length: Math.min(100, failed) }, (_, index) => ({
      source: `${part}/${index}`,
      code: 'CORRUPT_IMAGE',
      message: 'cut off',
    })),
    startedAt: `2026-11-23T05:0${part + 1}:00.000Z`,
    finishedAt: `2026-11-23T05:0${part + 2}:00.000Z`,
  };
}

test('sums all parts', () => {
  const report = composeReport(jobOf(), seal, [done(0, 5, 1), done(1, 3, 0, 1)], context);
  expect(ReportSchema.parse(report)).toEqual(report);
  expect(report).toMatchObject({
    state: 'partial',
    images: { total: 10, succeeded: 8, failed: 1, skipped: 1 },
    bytes: { in: 200, out: 100 },
    timing: { startedAt: '2026-11-23T05:01:00.000Z', finishedAt: '2026-11-23T05:03:00.000Z', durationMs: 180_000 },
    plan: { parts: 2, shards: 7 },
    failures: [{ source: '0/0' }],
  });
});

test.each([
  [[], 'succeeded'],
  [[done(0, 3, 0)], 'succeeded'],
  [[done(0, 0, 0, 3)], 'succeeded'],
  [[done(0, 1, 2)], 'partial'],
  [[done(0, 0, 3)], 'failed'],
] as const)('43: every job has a defined end (%#)', (parts, state) => {
  expect(composeReport(jobOf(), seal, parts, context).state).toBe(state);
});

test.each([
  [50, 1, 1, true],
  [49, 1, 1, false],
  [0, 1, 0, true],
])(
  'failures up to the declared percentage are tolerated (%#)',
  (tolerateFailedPercent, succeeded, failed, tolerated) => {
    expect(composeReport(jobOf({ tolerateFailedPercent }), seal, [done(0, succeeded, failed)], context).tolerated).toBe(
      tolerated,
    );
  },
);

test('an upload that became no job is a failed one, with the reason', () => {
  const error = { code: 'INVALID_MANIFEST' as const, message: 'no' };
  const report = composeReport(undefined, { ...seal, parts: 0, error }, [], context);
  expect(ReportSchema.parse(report)).toMatchObject({ state: 'failed', tolerated: false, error, recipe: null });
});

test('cost: what was predicted, and what receipts say, by the same prices', () => {
  const predicted = { ...seal, images: 10_000, workMs: 250_000, unsizedImages: 0 };
  const worked = { receipts: 10, renditions: 10_000, imagesRead: 10_000, computeMs: 250_000 };
  const report = composeReport(jobOf(), predicted, [{ ...done(0, 10_000, 0), ...worked }], context);
  expect(report.cost).toMatchObject({ region: 'us-east-1', date: '2026-11' });
  // 10,000 PUTs are 5 cents, as many GETs 0.4 cents, 250 s of one vCPU 0.6 cents.
  expect(report.cost?.estimated).toBeGreaterThan(0.06);
  expect(report.cost?.estimated).toBeLessThan(0.065);
  expect(report.cost?.actual).toBeGreaterThan(0.06);
  expect(report.cost?.actual).toBeLessThan(0.065);
  const dearer = { ...costBasis, architecture: 'x86_64' } as const;
  const elsewhere = composeReport(jobOf(), predicted, [], { ...context, costBasis: dearer });
  expect(elsewhere.cost?.estimated).toBeGreaterThan(report.cost?.estimated ?? 0);
});

test('cost of what an earlier version planned or folded is not known, and an upload that became no job has none', () => {
  expect(composeReport(jobOf(), seal, [done(0, 1, 0)], context).cost).toMatchObject({ estimated: null, actual: null });
  expect(composeReport(undefined, { ...seal, parts: 0 }, [], context).cost).toBeNull();
});

test.each([
  [[{ ...done(0, 3, 2), cancelled: 1 }], undefined, 'cancelled', 'enough'],
  [[{ ...done(0, 3, 2), cancelled: 0 }], undefined, 'partial', undefined],
  [[done(0, 3, 0)], { code: 'CANCELLED', message: 'planned no further' }, 'cancelled', 'planned no further'],
] as const)('cancelled is what is not complete (%#)', (parts, error, state, message) => {
  const cancellation = {
    v: 1,
    job: 'job',
    reason: 'requested',
    at: context.now.toISOString(),
    message: 'enough',
  } as const;
  const sealed = error === undefined ? seal : { ...seal, error };
  const report = composeReport(jobOf(), sealed, parts, { ...context, cancellation });
  expect(report).toMatchObject({ state, cancelled: parts[0]?.cancelled ?? 0 });
  expect(report.error?.message).toBe(message);
});

test('lists the first hundred failures', () => {
  expect(composeReport(jobOf(), seal, [done(0, 0, 90), done(1, 0, 90)], context).failures).toHaveLength(100);
});
