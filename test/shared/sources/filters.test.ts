import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import * as fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, test } from 'vitest';
import { filterOf } from '../../../shared/sources/filters.ts';
import { checkGlob, compileGlob } from '../../../shared/core/glob.ts';

test.for([
  ['**/*.jpg', ['a.jpg', 'x/a.jpg', 'x/y/.jpg', '.hidden/a.jpg'], ['a.JPG', 'a.jpg/b', 'ajpg']],
  ['*.jpg', ['a.jpg', 'line\nend.jpg', '.jpg'], ['x/a.jpg']],
  ['2019/**', ['2019/a', '2019/x/y'], ['2019', '2020/a']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b', 'a//b'], ['a/xb', 'ab']],
  ['**', ['a', 'a/b', 'a\n/b'], []],
  ['a**b', ['ab', 'axxb'], ['a/b']],
  ['?.png', ['é.png', '🐱.png'], ['/.png', '.png', 'ab.png']],
  ['[a-c_][!0-9]', ['ax', '_é'], ['a1', 'dx', 'a/']],
  ['[]-]', [']', '-'], ['a']],
  ['*.{jpg,jp[e]g,}', ['a.jpg', 'a.jpeg', 'a.'], ['a.png']],
  ['photo (1).jpg', ['photo (1).jpg'], ['photo 1.jpg']],
  ['\\*\\{a,b\\}', ['*{a,b}'], ['xa', '*a']],
  ['../x/./y', ['../x/./y'], ['x/y']],
] as const)('%s', ([glob, matching, others]) => {
  const matches = compileGlob(glob);
  expect(matching.filter((path) => !matches(path))).toEqual([]);
  expect(others.filter((path) => matches(path))).toEqual([]);
});

test('it agrees with picomatch where that means the same', () => {
  const segment = fc.string({
    unit: fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]', '.'),
    minLength: 1,
    maxLength: 4,
  });
  const glob = fc.array(fc.oneof(segment, fc.constant('**')), { minLength: 1, maxLength: 4 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.'), minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(glob, fc.array(name, { minLength: 1, maxLength: 4 }), (segments, names) => {
      // Folders of dots alone have a meaning in file systems, none in keys.
      fc.pre([...segments, ...names].every((part) => !/^\.+$/.test(part)));
      // Elsewhere `**` is a `*` for both, but picomatch wants a character in a folder that is nothing but stars and dots.
      fc.pre(segments.every((part) => part === '**' || !/\*\*|^[*.?]+$/.test(part)));
      const path = names.join('/');
      // For picomatch `a/**` is `a` too, as that may be a folder.
      fc.pre(segments.at(-1) !== '**' || segments.every((part) => part === '**'));
      const text = segments.join('/');
      expect(compileGlob(text)(path), `${text} ${path}`).toBe(picomatch(text, { dot: true, posix: true })(path));
    }),
    { numRuns: 1_000 },
  );
});

test.for([
  ['!*.jpg', 'exclude'],
  ['@(a|b)', '@( ) is not supported'],
  ['a+(b)', '+( ) is not supported'],
  ['*(a)', '*( ) is not supported'],
  ['[[:alpha:]]', '[: :]'],
  ['[a/b]', 'a slash within [ ]'],
  ['[ab', '[ without ]'],
  ['{a,b', '{ without }'],
  ['{a,{b,c}}', '{ within { }'],
  ['{1..9}', 'alternatives such as'],
  ['{a,b}'.repeat(7), 'more than 64'],
  ['a\\', 'backslash'],
])('%s is refused in words', ([glob = '', message = '']) => {
  expect(checkGlob(glob)).toContain(message);
  expect(() => filterOf({ include: [glob] })).toThrow(
    expect.objectContaining({ code: 'INVALID_MANIFEST', message: expect.stringContaining(JSON.stringify(glob)) }),
  );
});

test('no glob and no key keep it busy', () => {
  const globs = ['*a'.repeat(500), '**/'.repeat(340), '*?'.repeat(500), '[a!]*'.repeat(200), '*{a,aa,aaa}*'.repeat(3)];
  const keys = ['a'.repeat(1_023), 'a/'.repeat(512)];
  const source = `
    const { compileGlob } = await import(${JSON.stringify(resolve(import.meta.dirname, '../../../shared/core/glob.ts'))});
    const [globs, keys] = ${JSON.stringify([globs, keys])};
    for (const glob of globs) for (const key of keys) if (compileGlob(glob + '!')(key)) process.exitCode = 1;`;
  // In a process of its own, which can be ended: what backtracks would take years.
  const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    timeout: 25_000,
  });
  expect({ status, signal }).toEqual({ status: 0, signal: null });
});

describe('filters', () => {
  test('without any there is nothing to ask', () => {
    expect(filterOf({})).toBeUndefined();
  });

  test('an object has to pass all of them, bounds included', () => {
    const passes = filterOf({
      include: ['**/*.jpg', '**/*.png'],
      exclude: ['**/thumbs/**'],
      minBytes: 10,
      maxBytes: 20,
      modifiedSince: '2026-01-01T00:00:00+01:00',
    });
    const good = { path: 'a/b.jpg', sizeBytes: 10, modifiedMs: Date.parse('2025-12-31T23:00:00Z') };
    expect(passes?.(good)).toBe(true);
    expect(passes?.({ ...good, sizeBytes: 20 })).toBe(true);
    expect(passes?.({ ...good, path: 'a/b.gif' })).toBe(false);
    expect(passes?.({ ...good, path: 'a/thumbs/b.jpg' })).toBe(false);
    expect(passes?.({ ...good, sizeBytes: 9 })).toBe(false);
    expect(passes?.({ ...good, sizeBytes: 21 })).toBe(false);
    expect(passes?.({ ...good, modifiedMs: good.modifiedMs - 1 })).toBe(false);
  });

  test('what is not known passes only filters that do not ask for it', () => {
    expect(filterOf({ include: ['*'] })?.({ path: 'a' })).toBe(true);
    expect(filterOf({ maxBytes: 1 })?.({ path: 'a' })).toBe(false);
    expect(filterOf({ modifiedSince: '2026-01-01T00:00:00Z' })?.({ path: 'a', sizeBytes: 1 })).toBe(false);
  });
});
