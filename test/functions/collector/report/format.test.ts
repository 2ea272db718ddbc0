import { expect, test } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatPercent,
  formatRate,
  formatTime,
} from '../../../../functions/collector/report/format.ts';

test.each([
  [0, '0 ms'],
  [340, '340 ms'],
  [4_200, '4.2 s'],
  [59_960, '1 min'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
  [100 * 3_600_000, '4 d 4 h'],
])('%i ms is %s', (durationMs, text) => expect(formatDuration(durationMs)).toBe(text));

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1_500, '1.5 kB'],
  [2_000_000_000, '2 GB'],
  [3.4e18, '3,400 PB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0, 10, '0 %'],
  [0, 0, '0 %'],
  [10, 10, '100 %'],
  [1, 3, '33.3 %'],
  [1, 1_000_000, '0.1 %'],
  [999_999, 1_000_000, '99.9 %'],
])('%d of %d is %s', (part, whole, text) => expect(formatPercent(part, whole)).toBe(text));

test('rates and times', () => {
  expect([formatRate(0.25), formatRate(12.34), formatRate(1_234.5)]).toEqual(['0.3', '12.3', '1,235']);
  expect(formatTime('2026-11-23T05:04:38.123Z')).toBe('2026-11-23 05:04:38 UTC');
});
