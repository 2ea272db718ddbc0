import { expect, test } from 'vitest';
import { formatUsd } from '../../../../shared/core/cost/format-usd.ts';

test.each([
  [0, '$0.00'],
  [0.000001, '<$0.00001'],
  [0.00042, '$0.00042'],
  [0.0042, '$0.0042'],
  [0.1, '$0.10'],
  [0.996, '$1.00'],
  [12.3, '$12.30'],
  [4_000, '$4,000.00'],
])('%d is %s', (usd, text) => {
  expect(formatUsd(usd)).toBe(text);
});
