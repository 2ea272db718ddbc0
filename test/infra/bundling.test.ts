import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { bundleFunctions, functionNames } from '../../infra/bundling.ts';
import { hostTarget } from '../../infra/host-target.ts';
import { stubFunctions, temporaryFolder } from '../builders/stub-functions.ts';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const functionsRoot = stubFunctions(join(folder, 'first'));
const bundles = bundleFunctions({ outDirectory: join(folder, 'out'), target: hostTarget(), functionsRoot });

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

function fingerprint(root: string): Record<string, string> {
  const digest = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex');
  return Object.fromEntries(filesOf(root).map((file) => [file, digest(file)]));
}

/** In a Node of its own, away from the repository's node_modules. */
function run(script: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder, encoding: 'utf8' });
}

describe('bundles', () => {
  test.each(functionNames)('%s exports its handler', (name) => {
    const url = pathToFileURL(join(bundles[name], 'index.mjs')).href;
    expect(run(`console.log(await (await import('${url}')).handler())`).trim()).toBe(name);
  });

  test('the worker finds sharp beside itself and renders', () => {
    const output = run(`await import('${pathToFileURL(join(bundles.processor, 'worker.mjs')).href}')`);
    expect(JSON.parse(output)).toMatchObject({ format: 'jpeg', width: 3, height: 2 });
  });

  test('only the processor carries sharp, with its licences and without what only people and compilers read', () => {
    for (const name of functionNames.filter((other) => other !== 'processor')) {
      expect(filesOf(bundles[name])).toEqual(['index.mjs']);
    }
    const files = filesOf(bundles.processor);
    expect(files).toEqual(expect.arrayContaining(['index.mjs', 'worker.mjs', 'node_modules/sharp/LICENSE']));
    expect(files.filter((file) => /\.d\.[cm]?ts$|README|\.h$|\.cc$/.test(file))).toEqual([]);
  });

  test('the same sources give the same bytes from any folder, so asset hashes are stable', () => {
    const again = bundleFunctions({
      outDirectory: join(folder, 'again'),
      target: hostTarget(),
      functionsRoot: stubFunctions(join(folder, 'elsewhere')),
    });
    for (const name of functionNames) expect(fingerprint(again[name])).toEqual(fingerprint(bundles[name]));
  });

  test('what is imported only when it is needed is not part of the file that a cold start reads', () => {
    const root = stubFunctions(join(folder, 'lazy'));
    writeFileSync(join(root, 'sweeper', 'rare.ts'), `export const rare = 'needed once a year';\n`);
    writeFileSync(
      join(root, 'sweeper', 'lambda.ts'),
      `export const handler = async () => (await import('./rare.ts')).rare;\n`,
    );
    const outDirectory = join(folder, 'lazy-out');
    const { sweeper } = bundleFunctions({ outDirectory, target: hostTarget(), functionsRoot: root });
    expect(readFileSync(join(sweeper, 'index.mjs'), 'utf8')).not.toContain('once a year');
    const url = pathToFileURL(join(sweeper, 'index.mjs')).href;
    expect(run(`console.log(await (await import('${url}')).handler())`).trim()).toBe('needed once a year');
  });

  test('a CommonJS dependency may require what belongs to Node', () => {
    const root = stubFunctions(join(folder, 'commonjs'));
    writeFileSync(join(root, 'sweeper', 'old.cjs'), `module.exports = require('node:path').basename('/a/b');\n`);
    writeFileSync(
      join(root, 'sweeper', 'lambda.ts'),
      `import old from './old.cjs';\nexport const handler = async () => old;\n`,
    );
    const { sweeper } = bundleFunctions({
      outDirectory: join(folder, 'cjs-out'),
      target: hostTarget(),
      functionsRoot: root,
    });
    const url = pathToFileURL(join(sweeper, 'index.mjs')).href;
    expect(run(`console.log(await (await import('${url}')).handler())`).trim()).toBe('b');
  });

  test('a mistake in a function says where', () => {
    const root = stubFunctions(join(folder, 'broken'));
    writeFileSync(join(root, 'rescuer', 'lambda.ts'), `import { x } from './nowhere.ts';\nexport const handler = x;\n`);
    const bundle = () =>
      bundleFunctions({ outDirectory: join(folder, 'never'), target: hostTarget(), functionsRoot: root });
    expect(bundle).toThrow('rescuer/lambda.ts:1:18');
  });
});
