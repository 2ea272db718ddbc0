import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMsOf } from '../../../shared/core/duration.ts';

test.each([
  ['P3D', 259_200_000],
  ['PT1M', 60_000],
  ['P1W', 604_800_000],
  ['P1DT2H3M4S', 93_784_000],
  ['PT0S', 0],
])('%s is %d ms', (text, durationMs) => {
  expect(durationMsOf(text)).toBe(durationMs);
});

test.each(['', 'P', 'PT', 'P1DT', 'P1Y', 'P1M', '3D', 'PT1.5H', 'P-1D', 'P1D ', 'PT1S1M'])('%j is none', (text) => {
  expect(durationMsOf(text)).toBeUndefined();
});

test('every duration of whole seconds is read back', () => {
  const parts = fc.tuple(fc.nat(30), fc.nat(23), fc.nat(59), fc.nat(59));
  fc.assert(
    fc.property(parts, ([d, h, m, s]) => {
      expect(durationMsOf(`P${d}DT${h}H${m}M${s}S`)).toBe((((d * 24 + h) * 60 + m) * 60 + s) * 1_000);
    }),
  );
});
