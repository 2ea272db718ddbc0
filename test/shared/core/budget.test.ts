import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { budgetExceeded, smallerBudget } from '../../../shared/core/budget.ts';

test('the smaller bound wins, and one that nobody set is none', () => {
  expect(smallerBudget({ images: 5, usd: 2 }, { imagesPerJob: 4, usdPerJob: 3 })).toEqual({ images: 4, usd: 2 });
  expect(smallerBudget({ bytes: 7 }, { usdPerJob: 3 })).toEqual({ bytes: 7, usd: 3 });
  expect(smallerBudget({}, {})).toEqual({});
});

test.each([
  [{ images: 1_000 }, { images: 1_001, bytes: 9 }, 'would have images: 1,001 or more (its budget is 1,000)'],
  [{ bytes: 10 }, { images: 1, bytes: 11 }, 'would have bytes: 11 or more'],
  [{ usd: 0.5 }, { images: 1, bytes: 11, usd: 4.567 }, 'would cost $4.57 or more (its budget is $0.50)'],
])('%j does not allow %j', (budget, plan, message) => {
  const failure = budgetExceeded(budget, plan);
  expect(failure?.code).toBe('BUDGET_EXCEEDED');
  expect(failure?.message).toContain(message);
});

test('what is within all bounds, or not known, is allowed', () => {
  const amounts = fc.record({ images: fc.nat(), bytes: fc.nat(), usd: fc.double({ min: 0, noNaN: true }) });
  fc.assert(fc.property(amounts, (plan) => budgetExceeded(plan, plan) === undefined));
  expect(budgetExceeded({ usd: 1 }, { images: 5, usd: undefined })).toBeUndefined();
  expect(budgetExceeded({}, { images: 5, bytes: 5, usd: 5 })).toBeUndefined();
});
