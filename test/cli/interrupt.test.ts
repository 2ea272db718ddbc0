import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ReportSchema } from '../../shared/core/report.ts';
import { runCli, startCli } from '../builders/cli-process.ts';
import type { CliResult } from '../builders/cli-process.ts';
import { temporaryFolder, writeFiles } from '../builders/folders.ts';
import { picture } from '../builders/images.ts';
import { familyOf, isAlive } from '../builders/processes.ts';

const count = 40;
/** Generous: the machine may be busy. */
const patience = { timeout: 20_000, interval: 20 };
/** About a fifth of a second each: some are done, and never all, when the signal comes. */
const slowRecipe = {
  name: 'slow',
  renditions: [{ name: 'w{width}', widths: [600, 1_000], formats: { jpeg: { mozjpeg: true } } }],
};
const args = ['run', 'in', '--recipe', 'slow.json', '--out', 'out', '--json'];

async function album(): Promise<string> {
  const cwd = temporaryFolder();
  const image = await picture({ width: 1_200, height: 800 });
  // Other bytes behind the picture's end make another ETag.
  const files = Array.from(
    { length: count },
    (_, index) => [`in/${index}.jpg`, Buffer.concat([image, Buffer.from([index])])] as const,
  );
  writeFiles(cwd, { ...Object.fromEntries(files), 'slow.json': JSON.stringify(slowRecipe) });
  return cwd;
}

/** Shards that are done, as the functions' logs tell. */
function shardsDone(cwd: string): number {
  const logs = join(cwd, 'out/.fanlight/stack/logs');
  return readdirSync(logs)
    .map((name) => readFileSync(join(logs, name), 'utf8').split('"shard processed"').length - 1)
    .reduce((a, b) => a + b, 0);
}

/** Runs until some shards are done, then sends a signal to the launcher or to the process below it. */
async function interrupted(cwd: string, signal: NodeJS.Signals, target: 'launcher' | 'main'): Promise<CliResult> {
  const before = shardsDoneOrNone(cwd);
  const { launcher, said, ended } = startCli(args, { cwd });
  await said(/render \d+ files/);
  await vi.waitUntil(() => shardsDone(cwd) > before, patience);
  const family = familyOf(launcher.pid ?? 0);
  const [top = 0, main = 0] = family;
  expect(family.length).toBeGreaterThan(2);
  process.kill(target === 'main' ? main : top, signal);
  const result = await ended;
  await vi.waitUntil(() => !family.some(isAlive), patience);
  return result;
}

function shardsDoneOrNone(cwd: string): number {
  return readdirSync(cwd).includes('out') ? shardsDone(cwd) : 0;
}

test('however a run is ended, no process stays, and the same command resumes', async () => {
  const cwd = await album();
  const calm = await interrupted(cwd, 'SIGINT', 'launcher');
  expect(calm.status).toBe(130);
  expect(JSON.parse(calm.stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
  expect(calm.stderr).not.toMatch(/\n\s+at /);
  expect(readdirSync(join(cwd, 'out/.fanlight'))).toEqual(['stack']);

  const orphaned = await interrupted(cwd, 'SIGKILL', 'launcher');
  expect(orphaned.stderr).toContain('INTERRUPTED');
  await interrupted(cwd, 'SIGKILL', 'main');

  const { status, stdout } = await runCli(args, { cwd });
  expect(status).toBe(0);
  const { images } = ReportSchema.parse(JSON.parse(stdout));
  expect(images).toMatchObject({ total: count, failed: 0 });
  expect(images.skipped).toBeGreaterThan(0);
  expect(readdirSync(join(cwd, 'out/renditions'))).toHaveLength(count);
}, 90_000);

test('two runs at once into one folder: the second says so and changes nothing', async () => {
  const cwd = await album();
  const first = startCli(args, { cwd });
  await first.said(/upload \d+ files/);
  const second = await runCli(args, { cwd });
  expect(second.status).toBe(3);
  expect(JSON.parse(second.stdout)).toMatchObject({ error: { code: 'FOLDER_IN_USE' } });
  first.launcher.kill('SIGTERM');
  expect((await first.ended).status).toBe(130);
});
