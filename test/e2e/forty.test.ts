import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ManifestSource } from '../../shared/core/manifest-sources.ts';
import { openPipeline, type PipelineStack } from '../builders/pipeline-stack.ts';

// The same forty images in every form. How the archives were made: test/fixtures/forty/make.sh
const fixtures = join(import.meta.dirname, '../fixtures/forty');
const archives = readdirSync(fixtures).filter((name) => /\.(zip|tar|tar\.gz|tar\.zst)$/.test(name));
const images = readdirSync(join(fixtures, 'images'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(join(fixtures, 'images/').length));

let pipeline: PipelineStack;
/** sha256 by name and rendition, of the images as single files below a prefix. */
let expected: Record<string, string>;

beforeAll(async () => {
  pipeline = await openPipeline();
  for (const name of images) await pipeline.put(`forty/${name}`, readFileSync(join(fixtures, 'images', name)));
  expected = await rendered('prefix', [{ prefix: uri('forty/') }], '');
});
afterAll(async () => {
  await pipeline.close();
});

const uri = (key: string): string => `s3://${pipeline.uploadsBucket}/${key}`;

/** Runs a job of its own; the digests of what it wrote, without what is before each name. */
async function rendered(form: string, sources: ManifestSource[], before: string): Promise<Record<string, string>> {
  const output = { prefix: `${form}/` };
  const submitted = await pipeline.jobs.submit(`jobs/${form}.fanlight.json`, { sources, output });
  const report = await pipeline.jobs.waitForReport(await pipeline.jobs.waitForJob(submitted));
  expect(report).toMatchObject({ state: 'succeeded', images: { succeeded: 40, failed: 0 } });
  const prefix = `renditions/${form}/${before}`;
  const digests = Object.entries(await pipeline.digests(prefix));
  return Object.fromEntries(digests.map(([key, digest]) => [key.slice(prefix.length), digest]));
}

test('there are forty images, in archives of many makers', () => {
  expect(images).toHaveLength(40);
  expect(Object.keys(expected)).toHaveLength(40);
  expect(archives.length).toBeGreaterThanOrEqual(15);
});

test.each(archives)('%s: the same names and renditions as the folder', async (name) => {
  await pipeline.put(`forty-archives/${name}`, readFileSync(join(fixtures, name)));
  const source = { archive: uri(`forty-archives/${name}`) };
  expect(await rendered(name, [source], `forty-archives/${name}#`)).toEqual(expected);
});

test('a list of keys', async () => {
  await pipeline.put('forty.csv', Buffer.from(images.map((name) => `"forty/${name}"\n`).join('')));
  expect(await rendered('csv', [{ list: uri('forty.csv') }], 'forty/')).toEqual(expected);
});

test('a list of URIs', async () => {
  const lines = images.map((name) => JSON.stringify({ key: uri(`forty/${name}`) }));
  await pipeline.put('forty.jsonl', Buffer.from(lines.join('\n')));
  expect(await rendered('jsonl', [{ list: uri('forty.jsonl') }], 'forty/')).toEqual(expected);
});

test('objects one by one', async () => {
  const sources = images.map((name) => ({ object: uri(`forty/${name}`) }));
  expect(await rendered('objects', sources, 'forty/')).toEqual(expected);
});

test('an archive that is dropped below a route', async () => {
  await pipeline.put('drops/forty.zip', readFileSync(join(fixtures, 'python-deflate.zip')));
  const job = await pipeline.jobs.waitForJob(await pipeline.uploaded('drops/forty.zip'));
  expect(await pipeline.jobs.waitForReport(job)).toMatchObject({ state: 'succeeded', images: { succeeded: 40 } });
  const prefix = 'renditions/drops/forty.zip#';
  const digests = Object.entries(await pipeline.digests(prefix)).map(([key, digest]) => [
    key.slice(prefix.length),
    digest,
  ]);
  expect(Object.fromEntries(digests)).toEqual(expected);
});
