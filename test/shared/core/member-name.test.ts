import { expect, test } from 'vitest';
import { shownName, unsafeNameReason } from '../../../shared/core/member-name.ts';

test.each([
  ['', /empty/],
  ['a\0b.jpg', /NUL/],
  ['/etc/passwd', /absolute/],
  ['C:/windows.jpg', /drive letter/],
  ['c:x.jpg', /drive letter/],
  ['../x.jpg', /leads out/],
  ['a/../../x.jpg', /leads out/],
  ['a/..', /leads out/],
  ['x'.repeat(1_025), /1025 bytes/],
  ['é'.repeat(513), /1026 bytes/],
])('%j is not safe', (name, reason) => {
  expect(unsafeNameReason(name)).toMatch(reason);
});

test.each([
  'a+b.jpg',
  'a%2Bb.jpg',
  'a b.jpg',
  'caf\u00e9.jpg',
  'cafe\u0301.jpg',
  'a\nb.jpg',
  'a..b.jpg',
  '...',
  '<img onerror=alert(1)>.jpg',
  'a//b.jpg',
  './a.jpg',
  'x'.repeat(1_024),
])('%j is taken over as it is', (name) => {
  expect(unsafeNameReason(name)).toBeUndefined();
});

test('a name that is too long for a key is shown by its beginning', () => {
  expect(shownName('short.jpg')).toBe('short.jpg');
  expect(shownName('x'.repeat(70_000))).toBe(`${'x'.repeat(200)}…`);
});
