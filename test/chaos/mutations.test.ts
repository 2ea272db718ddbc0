import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mutations } from './mutations.ts';

// Whether each is caught takes minutes: node test/chaos/run-mutations.ts
test.each(mutations)('a mutation still fits the sources: $name', ({ file, find, replace }) => {
  const source = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
  expect(source.split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
});
