import { array, assert, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { PartRunsSchema, PartSet } from '../../../shared/core/part-set.ts';

const partsArbitrary = array(nat({ max: 40 }), { maxLength: 60 });
const setOf = (parts: readonly number[]): PartSet => parts.reduce((set, part) => set.with(part), new PartSet());

test('it holds what was put in, in any order and any number of times', () => {
  assert(
    property(partsArbitrary, (parts) => {
      const set = setOf(parts);
      const expected = new Set(parts);
      expect(set.size).toBe(expected.size);
      for (let part = 0; part <= 41; part++) expect(set.has(part)).toBe(expected.has(part));
    }),
  );
});

test('equal sets have equal runs: ascending, apart from each other, and readable again', () => {
  assert(
    property(partsArbitrary, (parts) => {
      const { runs } = setOf(parts);
      expect(setOf(parts.toReversed()).runs).toEqual(runs);
      expect(PartRunsSchema.parse(JSON.parse(JSON.stringify(runs)))).toEqual(runs);
      const gaps = runs.slice(1).map(([first], index) => first - (runs[index]?.[1] ?? first));
      expect(gaps.every((gap) => gap > 1)).toBe(true);
      expect(runs.every(([first, last]) => first <= last)).toBe(true);
    }),
  );
});

test('parts that end in order are one run', () => {
  expect(setOf(Array.from({ length: 1_000 }, (_, part) => part)).runs).toEqual([[0, 999]]);
});
