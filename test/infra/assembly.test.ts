import { execFile } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ensureAssembly } from '../../infra/assembly.ts';
import { repositoryRoot } from '../../infra/bundling.ts';
import { DeploymentSchema } from '../../shared/core/deployment.ts';
import { stubFunctions, temporaryFolder } from '../builders/stub-functions.ts';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** A repository of stub functions: what decides the cache key, without the real functions' bundling time. */
function stubRepository(name: string): { repository: string; cacheRoot: string } {
  const repository = join(folder, name);
  stubFunctions(repository);
  for (const part of ['shared', 'infra']) mkdirSync(join(repository, part));
  writeFileSync(join(repository, 'package-lock.json'), '{}');
  return { repository, cacheRoot: join(folder, `${name}-cache`) };
}

const AssetsSchema = z.object({
  files: z.record(z.string(), z.object({ displayName: z.string(), source: z.object({ path: z.string() }) })),
});

/** The unpacked folder of each function. */
function assetsOf(directory: string, stackName: string): Map<string, string> {
  const parsed: unknown = JSON.parse(readFileSync(join(directory, `${stackName}.assets.json`), 'utf8'));
  const { files } = AssetsSchema.parse(parsed);
  return new Map(Object.values(files).map(({ displayName, source }) => [displayName, join(directory, source.path)]));
}

test('synthesizes once, then finds the assembly until a source or an option changes', async () => {
  const { repository, cacheRoot } = stubRepository('once');
  const progress: string[] = [];
  const ensure = (processorTimeoutS?: number) =>
    ensureAssembly({ repository, cacheRoot, processorTimeoutS, onProgress: (message) => progress.push(message) });

  const first = await ensure();
  expect(first).toMatchObject({ stackName: 'Fanlight', cached: false });
  expect(await ensure()).toEqual({ ...first, cached: true });
  expect(progress).toEqual(['building the functions']);

  const faster = await ensure(5);
  expect(faster).toMatchObject({ cached: false });
  expect(readFileSync(join(faster.directory, 'Fanlight.template.json'), 'utf8')).toContain('"VisibilityTimeout": 30');

  appendFileSync(join(repository, 'functions', 'sweeper', 'lambda.ts'), '// changed\n');
  const changed = await ensure();
  expect(changed.cached).toBe(false);
  expect(new Set([first.directory, faster.directory, changed.directory]).size).toBe(3);
});

test('holds a folder for each function; routes and recipes lie beside the splitter', async () => {
  const { directory, stackName } = await ensureAssembly(stubRepository('assets'));
  const assets = assetsOf(directory, stackName);
  const assetOf = (name: string) => [...assets].find(([displayName]) => displayName.includes(name))?.[1] ?? '';
  for (const name of ['Splitter', 'Processor', 'Collector', 'Rescuer', 'Sweeper']) {
    expect(readdirSync(assetOf(name))).toContain('index.mjs');
  }
  const parsed: unknown = JSON.parse(readFileSync(join(assetOf('Splitter'), 'deployment.json'), 'utf8'));
  const deployment = DeploymentSchema.parse(parsed);
  expect(deployment.routes.map(({ prefix, recipe, accept }) => ({ prefix, recipe, accept }))).toEqual([
    { prefix: 'images/', recipe: 'web', accept: ['image'] },
    { prefix: 'thumbnails/', recipe: 'thumbnail', accept: ['image'] },
    { prefix: 'drops/', recipe: 'thumbnail', accept: ['archive', 'manifest'] },
    { prefix: 'jobs/', recipe: 'thumbnail', accept: ['manifest'] },
  ]);
  expect(Object.keys(deployment.recipes)).toEqual(expect.arrayContaining(['thumbnail', 'web', 'convert']));
});

test('two processes at once end with one assembly and no leftovers', async () => {
  const options = stubRepository('race');
  const script = `
    const { ensureAssembly } = await import(${JSON.stringify(pathToFileURL(join(repositoryRoot, 'infra', 'assembly.ts')).href)});
    console.log((await ensureAssembly(${JSON.stringify(options)})).directory);`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  const [first, second] = await Promise.all([run(), run()]);
  expect(first.stdout).toBe(second.stdout);
  expect(existsSync(join(first.stdout.trim(), 'manifest.json'))).toBe(true);
  expect(readdirSync(options.cacheRoot)).toHaveLength(1);
});

test('a failed build throws, leaves nothing, and a repaired one works', async () => {
  const options = stubRepository('broken');
  const lambda = join(options.repository, 'functions', 'rescuer', 'lambda.ts');
  const good = readFileSync(lambda, 'utf8');
  writeFileSync(lambda, 'export const handler = ;\n');
  await expect(ensureAssembly(options)).rejects.toThrow('rescuer/lambda.ts:1:23');
  expect(readdirSync(options.cacheRoot)).toEqual([]);
  writeFileSync(lambda, good);
  expect(await ensureAssembly(options)).toMatchObject({ cached: false });
});

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}

test('keeps the eight assemblies used last, and removes what a killed process has left', async () => {
  const options = stubRepository('old');
  const age = (name: string, days: number) => {
    mkdirSync(join(options.cacheRoot, name), { recursive: true });
    utimesSync(join(options.cacheRoot, name), daysAgo(days), daysAgo(days));
  };
  for (let days = 1; days <= 10; days++) age(`assembly-${days}`, days);
  age('.tmp-assembly-dead', 1);
  age('.tmp-assembly-busy', 0);
  age('sharp-linux-arm64-0', 30);
  const { directory } = await ensureAssembly(options);
  const kept = [1, 2, 3, 4, 5, 6, 7].map((days) => join(options.cacheRoot, `assembly-${days}`));
  const others = ['.tmp-assembly-busy', 'sharp-linux-arm64-0'].map((name) => join(options.cacheRoot, name));
  const found = readdirSync(options.cacheRoot).map((name) => join(options.cacheRoot, name));
  expect(found.toSorted()).toEqual([directory, ...kept, ...others].toSorted());
});
