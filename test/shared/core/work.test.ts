import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtInRecipes } from '../../../shared/core/built-in-recipes.ts';
import { workPredictor } from '../../../shared/core/work.ts';

const sizes = fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined });

test('work is positive, finite, and grows with the bytes', () => {
  for (const recipe of Object.values(builtInRecipes)) {
    const predict = workPredictor(recipe);
    fc.assert(
      fc.property(sizes, fc.nat(1e9), (size, more) => {
        expect(predict(size)).toBeGreaterThan(0);
        expect(Number.isFinite(predict(size))).toBe(true);
        expect(predict((size ?? 0) + more)).toBeGreaterThanOrEqual(predict(size ?? 0));
      }),
    );
  }
});

test('four widths in three formats are far more work than a thumbnail', () => {
  const photoBytes = 4_000_000;
  const ratio = workPredictor(builtInRecipes.web)(photoBytes) / workPredictor(builtInRecipes.thumbnail)(photoBytes);
  expect(ratio).toBeGreaterThan(10);
});
