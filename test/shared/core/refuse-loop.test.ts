import { buildSync } from 'esbuild';
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Deployment } from '../../../shared/core/deployment.ts';
import { refuseLoop } from '../../../shared/core/refuse-loop.ts';
import { temporaryFolder } from '../../builders/stub-functions.ts';

const repository = join(import.meta.dirname, '..', '..', '..');
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts a bundled function as Lambda would; returns what it fails with. */
async function startOf(name: string, uploadsBucket: string, route: string): Promise<string> {
  const entry = join(repository, 'functions', name, 'lambda.ts');
  const outfile = join(folder, name, 'index.mjs');
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['sharp'],
    banner,
  });
  const routes: Deployment['routes'] = [{ prefix: route, recipe: 'web', accept: ['image'], output: { prefix: '' } }];
  writeFileSync(join(folder, name, 'deployment.json'), JSON.stringify({ v: 1, routes, recipes: {} }));
  const env = {
    PATH: process.env.PATH,
    TMPDIR: folder,
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
    PROCESSOR_TIMEOUT_S: '10',
    PROCESSOR_MEMORY_MB: '1769',
    PROCESSOR_MAX_CONCURRENCY: '50',
    PROCESSOR_ARCHITECTURE: 'arm64',
    UPLOADS_BUCKET: uploadsBucket,
    RESULTS_BUCKET: 'results',
    SOURCE_BUCKETS: '',
    URL_HOSTS: '',
    UPLOADS_QUEUE_URL: 'http://127.0.0.1/uploads',
    SHARDS_QUEUE_URL: 'http://127.0.0.1/shards',
    RECEIPTS_QUEUE_URL: 'http://127.0.0.1/receipts',
  };
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(process.execPath, [outfile], { env }, (_, __, stderr) => resolve(stderr));
  return promise;
}

describe('invariant 4: no output can trigger the pipeline again: refused at start-up', () => {
  test.each(['renditions/', 'rendition', '_fan', '_fanlight/jobs/', ''])("a route '%s'", (route) => {
    expect(() => refuseLoop({ uploads: 'one', results: 'two' }, ['images/', route])).toThrow(`(given '${route}')`);
  });

  test.each(['splitter', 'processor'])('a %s whose uploads bucket is its results bucket', async (name) => {
    const refusal = 'the uploads bucket must not be the results bucket';
    expect(await startOf(name, 'results', 'images/')).toContain(refusal);
    expect(await startOf(name, 'uploads', 'images/')).toBe('');
  });

  test('a splitter with a route that overlaps outputs', async () => {
    expect(await startOf('splitter', 'uploads', '_fanlight/')).toContain("(given '_fanlight/')");
  });
});
