import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resourceTypes } from '../../../localstack/embedded/template/resource-types.ts';
import { inert } from '../../../localstack/embedded/template/property.ts';

const scope = readFileSync(join(import.meta.dirname, '../../../localstack/scope.md'), 'utf8');

/** Top-level names of a table cell: `State, Targets (Id, Arn), Targets.RetryPolicy` → State, Targets. */
function namesIn(cell: string): string[] {
  const names = cell.replaceAll(/\([^)]*\)/g, '').split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '' && !name.includes('.'));
}

test.each(Object.entries(resourceTypes))('%s is listed in scope.md, property by property', (type, { properties }) => {
  const row = scope.split('\n').find((line) => line.startsWith(`| \`${type}\` `)) ?? '';
  const [, , implemented = '', without = ''] = row.split('|');
  const entries = Object.entries(properties.shape);
  const inertNames = entries.filter(([, schema]) => schema === inert).map(([name]) => name);
  const implementedNames = entries.filter(([, schema]) => schema !== inert).map(([name]) => name);
  expect(namesIn(without).toSorted()).toEqual(inertNames.toSorted());
  expect(namesIn(implemented).toSorted()).toEqual(implementedNames.toSorted());
});

test('scope.md lists no other type', () => {
  const listed = [...scope.matchAll(/^\| `(AWS::[A-Za-z0-9:]+)` +\|/gm)].map(([, type]) => type);
  expect(listed).toEqual(Object.keys(resourceTypes));
});
