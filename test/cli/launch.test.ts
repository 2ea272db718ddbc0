import { chmodSync, copyFileSync, cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { launcher, runProcess } from '../builders/cli-process.ts';
import type { CliResult } from '../builders/cli-process.ts';
import { temporaryFolder, writeFiles } from '../builders/folders.ts';

const own = { os: [process.platform], cpu: [process.arch] };
const entry = { version: '1.0.0', integrity: 'sha512-a' };
const lock = {
  '': { name: 'fanlight' },
  'node_modules/needed': entry,
  'node_modules/needed/node_modules/nested': entry,
  'node_modules/for-this-platform': { ...entry, optional: true, ...own },
  'node_modules/for-another': { ...entry, optional: true, os: ['aix'] },
  'node_modules/of-another': { ...entry, optional: true },
};
const installed = ['needed', 'needed/node_modules/nested', 'for-this-platform'].map((name) => `node_modules/${name}`);

/** Stands for npm: says what it was called with, and installs or fails as told. */
const fakeNpm = `
const { cpSync, writeFileSync } = require('node:fs');
writeFileSync('npm-called', JSON.stringify({ cwd: process.cwd(), args: process.argv.slice(2) }));
if (process.env.NPM_FAILS) { console.error(process.env.NPM_FAILS); process.exit(1); }
cpSync('packed', 'node_modules', { recursive: true });
`;

const main = `
const { AWS_PROFILE, AWS_CONFIG_FILE } = process.env;
console.log(JSON.stringify({ args: process.argv.slice(2), AWS_PROFILE, AWS_CONFIG_FILE }));
process.exitCode = 1;
`;

/** A repository with the real launcher, a main.ts that tells how it was called, and packages for npm to install. */
function bareClone(): string {
  const folder = temporaryFolder();
  const cli = dirname(launcher);
  cpSync(join(cli, 'launch'), join(folder, 'cli/launch'), { recursive: true });
  copyFileSync(launcher, join(folder, 'cli/launch.mjs'));
  const notes = Object.fromEntries(Object.entries(lock).filter(([path]) => installed.includes(path)));
  writeFiles(folder, {
    'cli/main.ts': main,
    'package.json': '{"type":"module"}',
    'package-lock.json': JSON.stringify({ packages: lock }),
    'npm/npm-cli.js': fakeNpm,
    'npm/package.json': '{"type":"commonjs"}',
    'packed/.package-lock.json': JSON.stringify({ packages: notes }),
    ...Object.fromEntries(installed.map((path) => [`${path.replace('node_modules', 'packed')}/package.json`, '{}'])),
  });
  return folder;
}

interface Outcome extends CliResult {
  readonly npmCalled: boolean;
}

async function launch(folder: string, env: Record<string, string> = {}, args = ['run', 'x y']): Promise<Outcome> {
  rmSync(join(folder, 'npm-called'), { force: true });
  const result = await runProcess([process.execPath, join(folder, 'cli/launch.mjs'), ...args], {
    cwd: folder,
    env: { npm_execpath: join(folder, 'npm/npm-cli.js'), ...env },
  });
  return { ...result, npmCalled: existsSync(join(folder, 'npm-called')) };
}

test('a bare clone is installed once, with a word about it; then nothing is asked of npm', async () => {
  const folder = bareClone();
  const first = await launch(folder);
  expect(first.stderr).toMatch(/installing the packages .*\n.*installed in/);
  const called: unknown = JSON.parse(readFileSync(join(folder, 'npm-called'), 'utf8'));
  expect(called).toMatchObject({ cwd: folder, args: expect.arrayContaining(['ci', '--ignore-scripts']) });
  expect(first.status).toBe(1);
  expect(JSON.parse(first.stdout)).toMatchObject({ args: ['run', 'x y'] });
  const second = await launch(folder);
  expect(second).toMatchObject({ status: 1, stderr: '', npmCalled: false });
});

test('what differs from the lockfile is installed anew, what is of other platforms is not missed', async () => {
  const folder = bareClone();
  await launch(folder);
  const notesPath = join(folder, 'node_modules/.package-lock.json');
  const notes = readFileSync(notesPath, 'utf8');
  const changes: Record<string, () => void> = {
    'needed is not the version of the lockfile': () =>
      writeFiles(folder, { 'node_modules/.package-lock.json': notes.replace('1.0.0', '0.9.0') }),
    'nothing is installed yet': () => rmSync(notesPath),
    'needed is missing': () => rmSync(join(folder, 'node_modules/needed'), { recursive: true }),
    'for-this-platform is missing': () => rmSync(join(folder, 'node_modules/for-this-platform'), { recursive: true }),
  };
  for (const [difference, change] of Object.entries(changes)) {
    change();
    const { npmCalled, stderr } = await launch(folder);
    expect(npmCalled).toBe(true);
    expect(stderr).toContain(difference);
    expect(await launch(folder)).toMatchObject({ npmCalled: false });
  }
});

test('an install that fails says why, on both channels', async () => {
  const folder = bareClone();
  const reasons = {
    'npm error code ENOTFOUND\nnpm error network request failed': /is this machine online/,
    'npm error code ENOSPC': /the disk is full/,
    'npm error code EACCES': /cannot be written/,
    'npm error something else': /npm says:\n {2}npm error something else/,
  };
  for (const [NPM_FAILS, reason] of Object.entries(reasons)) {
    const { status, stdout, stderr } = await launch(folder, { NPM_FAILS }, ['run', '--json']);
    expect(status).toBe(3);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'INSTALL_FAILED' } });
  }
});

test('the Node of node_modules runs the command, and no AWS variable reaches it', async () => {
  const folder = bareClone();
  await launch(folder);
  const node = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  writeFiles(folder, {
    [node.slice(folder.length + 1)]: `#!/bin/sh\necho packaged >&2\nexec "${process.execPath}" "$@"\n`,
  });
  chmodSync(node, 0o755);
  const { stdout, stderr } = await launch(folder, { AWS_PROFILE: 'mine', AWS_CONFIG_FILE: '/tmp/config' });
  expect(stderr).toBe('packaged\n');
  expect(JSON.parse(stdout)).toEqual({ args: ['run', 'x y'], AWS_CONFIG_FILE: '/dev/null' });
});
