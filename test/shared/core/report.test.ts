import { expect, test } from 'vitest';
import type { PartDone, Seal } from '../../../shared/core/job.ts';
import { composeReport, ReportSchema } from '../../../shared/core/report.ts';
import { jobOf } from '../../builders/plans.ts';

const now = new Date('2026-11-23T06:00:00.000Z');
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
  const report = composeReport(jobOf(), seal, [done(0, 5, 1), done(1, 3, 0, 1)], { now });
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
  expect(composeReport(jobOf(), seal, parts, { now }).state).toBe(state);
});

test.each([
  [50, 1, 1, true],
  [49, 1, 1, false],
  [0, 1, 0, true],
])(
  'failures up to the declared percentage are tolerated (%#)',
  (tolerateFailedPercent, succeeded, failed, tolerated) => {
    expect(composeReport(jobOf({ tolerateFailedPercent }), seal, [done(0, succeeded, failed)], { now }).tolerated).toBe(
      tolerated,
    );
  },
);

test('an upload that became no job is a failed one, with the reason', () => {
  const error = { code: 'INVALID_MANIFEST' as const, message: 'no' };
  const report = composeReport(undefined, { ...seal, parts: 0, error }, [], { now });
  expect(ReportSchema.parse(report)).toMatchObject({ state: 'failed', tolerated: false, error, recipe: null });
});

test('lists the first hundred failures', () => {
  expect(composeReport(jobOf(), seal, [done(0, 0, 90), done(1, 0, 90)], { now }).failures).toHaveLength(100);
});
