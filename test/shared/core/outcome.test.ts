import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureOf, FailureSchema, joinOutcomes, type WitnessedOutcome } from '../../../shared/core/outcome.ts';
import { outcomeOf, statuses } from '../../builders/protocol.ts';

/** Every receipt of a name says the same, as in the bucket. */
const witnessed = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.string({ minLength: 1, maxLength: 3 }), statuses), {
    selector: ([ordinal, receipt]) => `${ordinal} ${receipt}`,
    maxLength: 12,
  })
  .map((items) =>
    items.map(([ordinal, receipt, status]): WitnessedOutcome => ({ receipt, outcome: outcomeOf(ordinal, status) })),
  );

const shuffles = witnessed.chain((items) =>
  fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })),
);

const sorted = (joined: Map<number, WitnessedOutcome>) => [...joined].toSorted(([a], [b]) => a - b);

test('the join of outcomes does not depend on order, grouping or duplicates', () => {
  fc.assert(
    fc.property(shuffles, fc.nat(12), ([items, shuffled], cut) => {
      const expected = sorted(joinOutcomes(items));
      expect(sorted(joinOutcomes(shuffled))).toEqual(expected);
      expect(sorted(joinOutcomes([...items, ...items]))).toEqual(expected);
      const left = joinOutcomes(items.slice(0, cut)).values();
      const right = joinOutcomes(items.slice(cut)).values();
      expect(sorted(joinOutcomes([...right, ...left]))).toEqual(expected);
    }),
  );
});

function join(...all: ('succeeded' | 'failed' | 'skipped')[]): string | undefined {
  const items = all.map((status, index) => ({ receipt: String(index), outcome: outcomeOf(0, status) }));
  return joinOutcomes(items).get(0)?.outcome.status;
}

test('succeeded prevails over skipped, skipped over failed', () => {
  expect(join('failed', 'skipped')).toBe('skipped');
  expect(join('skipped', 'failed', 'succeeded')).toBe('succeeded');
  expect(join('failed', 'failed')).toBe('failed');
});

test('the smallest receipt name prevails among equals', () => {
  const joined = joinOutcomes([
    { receipt: 'b', outcome: outcomeOf(0, 'failed', 2) },
    { receipt: 'a', outcome: outcomeOf(0, 'failed', 1) },
    { receipt: 'c', outcome: outcomeOf(0, 'failed', 3) },
  ]);
  expect(joined.get(0)?.receipt).toBe('a');
});

test('an error of any length makes a valid failure', () => {
  const failure = failureOf({ code: 'INTERNAL', message: 'x'.repeat(5_000) });
  expect(FailureSchema.parse(failure)).toEqual(failure);
});
