import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutcomeSet } from '../../../shared/core/outcome-set.ts';
import { statuses } from '../../builders/protocol.ts';

const size = 23;
const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: size - 1 }), statuses), { maxLength: 40 });

function setOf(pairs: readonly (readonly [number, 'succeeded' | 'failed' | 'skipped'])[]): OutcomeSet {
  const set = new OutcomeSet(size);
  for (const [index, status] of pairs) set.add(index, status);
  return set;
}

function merged(...sets: readonly OutcomeSet[]): string {
  const all = new OutcomeSet(size);
  for (const set of sets) all.merge(set, 0);
  return all.encode();
}

test('merging is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(entries, entries, entries, (a, b, c) => {
      const [x, y, z] = [setOf(a), setOf(b), setOf(c)];
      expect(merged(x, y, z)).toBe(merged(z, x, y));
      expect(merged(x, OutcomeSet.decode(size, merged(y, z)))).toBe(merged(OutcomeSet.decode(size, merged(x, y)), z));
      expect(merged(x, x)).toBe(x.encode());
    }),
  );
});

test('counts are those of the join of all that was added', () => {
  fc.assert(
    fc.property(entries, (pairs) => {
      const rank = { failed: 1, skipped: 2, succeeded: 3 };
      const best = new Map<number, 'succeeded' | 'failed' | 'skipped'>();
      for (const [index, status] of pairs) {
        const current = best.get(index);
        if (current === undefined || rank[status] > rank[current]) best.set(index, status);
      }
      const counts = { succeeded: 0, failed: 0, skipped: 0 };
      for (const status of best.values()) counts[status] += 1;
      expect(setOf(pairs).counts()).toEqual(counts);
      expect(setOf(pairs).complete()).toBe(best.size === size);
    }),
  );
});

test('encoding is reversible, and a set of another size is refused', () => {
  fc.assert(
    fc.property(entries, (pairs) => {
      const encoded = setOf(pairs).encode();
      expect(OutcomeSet.decode(size, encoded).encode()).toBe(encoded);
    }),
  );
  expect(() => OutcomeSet.decode(500, new OutcomeSet(size).encode())).toThrow(RangeError);
});

test('a run of ordinals lands at its offset, and never outside', () => {
  const part = new OutcomeSet(10);
  const run = new OutcomeSet(2);
  run.add(1, 'failed');
  part.merge(run, 7);
  expect([part.has(7), part.has(8)]).toEqual([false, true]);
  expect(() => part.merge(run, 9)).toThrow(RangeError);
});

test('a hundred thousand images take 25 KB', () => {
  expect(new OutcomeSet(100_000).encode().length).toBeLessThan(34_000);
});
