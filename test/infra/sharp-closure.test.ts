import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../infra/bundling.ts';
import { LockfileSchema, sharpClosure, sharpClosureFor } from '../../infra/sharp-closure.ts';

const parsed: unknown = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8'));
const lockfile = LockfileSchema.parse(parsed);

describe('what travels with the processor, by the root lockfile', () => {
  test.each([
    {
      target: { os: 'linux', cpu: 'arm64', libc: 'glibc' },
      binaries: ['sharp-libvips-linux-arm64', 'sharp-linux-arm64'],
    },
    { target: { os: 'linux', cpu: 'x64', libc: 'glibc' }, binaries: ['sharp-libvips-linux-x64', 'sharp-linux-x64'] },
    {
      target: { os: 'linux', cpu: 'x64', libc: 'musl' },
      binaries: ['sharp-libvips-linuxmusl-x64', 'sharp-linuxmusl-x64'],
    },
    { target: { os: 'darwin', cpu: 'arm64' }, binaries: ['sharp-darwin-arm64', 'sharp-libvips-darwin-arm64'] },
  ])('$target.os $target.cpu $target.libc', ({ target, binaries }) => {
    expect([...sharpClosureFor(lockfile, target).keys()]).toEqual(
      ['@img/colour', ...binaries.map((name) => `@img/${name}`), 'detect-libc', 'semver', 'sharp'].map(
        (name) => `node_modules/${name}`,
      ),
    );
  });

  test('the closure for all platforms holds the one for each', () => {
    const all = sharpClosure(lockfile);
    expect([...sharpClosureFor(lockfile, { os: 'win32', cpu: 'x64' }).keys()].every((key) => all.has(key))).toBe(true);
    expect(all.has('node_modules/@img/sharp-linux-arm64')).toBe(true);
    expect(all.has('node_modules/aws-cdk-lib')).toBe(false);
  });
});

describe('lookup', () => {
  test("a nested package is taken before the root's, as Node does, and cycles end", () => {
    const nested = LockfileSchema.parse({
      packages: {
        'node_modules/sharp': { version: '1.0.0', dependencies: { a: '*', b: '*' } },
        'node_modules/sharp/node_modules/a': { version: '2.0.0', dependencies: { b: '*', c: '*' } },
        'node_modules/a': { version: '1.0.0' },
        'node_modules/b': { version: '1.0.0', dependencies: { a: '*' } },
        'node_modules/sharp/node_modules/c': { version: '1.0.0', os: 'linux', dependencies: { sharp: '*' } },
      },
    });
    expect([...sharpClosureFor(nested, { os: 'linux', cpu: 'x64' }).keys()]).toEqual([
      'node_modules/a',
      'node_modules/b',
      'node_modules/sharp',
      'node_modules/sharp/node_modules/a',
      'node_modules/sharp/node_modules/c',
    ]);
    expect(sharpClosureFor(nested, { os: 'darwin', cpu: 'x64' }).has('node_modules/sharp/node_modules/c')).toBe(false);
  });

  test('a lockfile without sharp says what to do', () => {
    expect(() => sharpClosure({ packages: {} })).toThrow(
      'package-lock.json has no node_modules/sharp; run npm install',
    );
  });
});
