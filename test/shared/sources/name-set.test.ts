import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { NameSet } from '../../../shared/sources/name-set.ts';

test('tells first names from second ones as a set does', () => {
  const names = fc.array(fc.oneof(fc.string(), fc.constantFrom('a', 'b', 'c')), { maxLength: 200 });
  fc.assert(
    fc.property(names, (list) => {
      const [ours, theirs] = [new NameSet(), new Set<string>()];
      for (const name of list) {
        expect(ours.add(name)).toBe(!theirs.has(name));
        theirs.add(name);
      }
    }),
  );
});

test('it goes on from its bytes, without some names', () => {
  const names = fc.uniqueArray(fc.string(), { maxLength: 100 });
  fc.assert(
    fc.property(names, fc.nat(100), (list, kept) => {
      const [all, again] = [new NameSet(), new NameSet()];
      for (const name of list) all.add(name);
      for (const name of list.slice(kept)) again.add(name);
      const left = NameSet.of(all.toBytes(again));
      expect(list.filter((name) => left.add(name))).toEqual(list.slice(kept));
    }),
  );
});

test('it grows', () => {
  const names = new NameSet();
  for (let index = 0; index < 50_000; index++)
    if (!names.add(`image-${index}.jpg`)) throw new Error(`${index} was new`);
  for (let index = 0; index < 50_000; index += 997) expect(names.add(`image-${index}.jpg`)).toBe(false);
});
