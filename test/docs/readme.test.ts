import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseManifest } from '../../shared/core/manifest.ts';
import { parseRecipe } from '../../shared/core/recipe.ts';
import { runProcess, startProcess, type CliResult } from '../builders/cli-process.ts';
import { picture } from '../builders/images.ts';

const repository = resolve(import.meta.dirname, '../..');
const readme = await readFile(join(repository, 'README.md'), 'utf8');

/** Lines of the fenced blocks of one language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanlight-readme-'));
  await mkdir(join(folder, 'photos'));
  await writeFile(join(folder, 'photos', 'a.jpg'), await picture());
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** As typed, but from a folder of its own: npm tells the command where it was called. */
function typed(command: string): string[] {
  return command.replace(/^npm /, `npm --prefix ${repository} `).split(' ');
}

const runs: Readonly<Record<string, () => Promise<void>>> = {
  'npm start': async () => {
    const { status, stdout, stderr }: CliResult = await runProcess(typed('npm start'), { cwd: folder });
    expect(status, stderr).toBe(0);
    expect(stdout + stderr).toContain(join(folder, 'fanlight-out', 'report.html'));
    const results = await readFile(join(folder, 'fanlight-out', 'results.jsonl'), 'utf8');
    const failed = results.split('\n').filter((line) => line.includes('"status":"failed"'));
    expect(results.trimEnd().split('\n').length).toBeGreaterThan(200);
    expect(failed).toHaveLength(2);
  },
  'npm test': async () => {
    // This test is part of it; here remains to be seen that CI runs the same and nothing else.
    const ci = await readFile(join(repository, '.ci/run'), 'utf8');
    expect(ci.split('\n').filter((line) => line.startsWith('npm'))).toEqual(['npm test']);
  },
  'npm start -- photos --recipe thumbnail --out out': async () => {
    const command = typed('npm start -- photos --recipe thumbnail --out out');
    expect((await runProcess(command, { cwd: folder })).status).toBe(0);
    expect(await readFile(join(folder, 'out/report.json'), 'utf8')).toContain('"succeeded":1');
    expect((await readFile(join(folder, 'out/renditions/a.jpg/thumbnail.webp'))).length).toBeGreaterThan(0);
  },
  'npm run fanlight -- dev': async () => {
    const dev = startProcess(typed('npm run fanlight -- dev'), { cwd: folder });
    await dev.said(/aws s3 cp .*Ctrl-C ends/s);
    dev.launcher.kill('SIGTERM');
    await dev.ended;
  },
};

describe('every command of the README does what it says', () => {
  const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));

  test.each(commands)('%s', { timeout: 120_000 }, async (command) => {
    const run = runs[command];
    expect(run, 'a command that no test runs').toBeDefined();
    await run?.();
  });
});

test("the README's recipe and manifest are what they say", () => {
  const [recipe = '', manifest = ''] = blocks('json');
  expect(parseRecipe(JSON.parse(recipe)).name).toBe('product');
  expect(parseManifest(manifest).sources).toHaveLength(6);
});
