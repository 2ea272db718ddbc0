import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toKnownError } from '../../cli/cli-error.ts';
import { readRequest } from '../../cli/read-request.ts';
import type { JobRequest, JobWish } from '../../cli/job-request.ts';
import { ManifestSchema } from '../../shared/core/manifest.ts';
import { temporaryFolder, writeFiles, type Files } from '../builders/folders.ts';

const zip = Buffer.from('PK\u0003\u0004');
const plainWish: JobWish = { recipe: undefined, force: false };
const target = 's3://uploads/runs/1/';

async function requestFor(files: Files, paths: readonly string[], wish = plainWish): Promise<JobRequest> {
  const cwd = temporaryFolder();
  writeFiles(cwd, files);
  const absolute = paths.map((path) => join(cwd, path));
  return readRequest(absolute, wish, { cwd, exclude: [join(cwd, 'out')] });
}

/** A manifest's request: in what folder, what is uploaded, what is submitted. */
async function requestOf(manifest: unknown, files: Files, wish?: JobWish) {
  const written = { ...files, 'jobs/mine.fanlight.json': JSON.stringify(manifest) };
  const request = await requestFor(written, ['jobs/mine.fanlight.json'], wish);
  return { names: request.files.map(({ name }) => name), document: request.manifest(target), images: request.images };
}

describe('paths', () => {
  test('plain files are a prefix, archives sources beside it; names are relative to both', async () => {
    const files = { 'in/a.jpg': 'a', 'in/b/c.jpg': 'c', 'shoot.zip': zip, 'more.tgz': Buffer.from('1f8b0800', 'hex') };
    const request = await requestFor(files, ['in', 'shoot.zip', 'more.tgz'], { ...plainWish, budgetUsd: 3 });
    expect(request.files.map(({ name }) => name)).toEqual(['a.jpg', 'b/c.jpg', 'more.tgz', 'shoot.zip']);
    expect(request.images).toBeUndefined();
    const document = request.manifest(target);
    expect(document).toEqual({
      recipe: 'thumbnail',
      force: false,
      tolerateFailedPercent: 0,
      budget: { usd: 3 },
      relativeTo: target,
      sources: [{ prefix: target }, { archive: `${target}shoot.zip` }, { archive: `${target}more.tgz` }],
    });
    expect(ManifestSchema.safeParse(document).success).toBe(true);
  });

  test('archives alone leave no prefix, plain files alone are counted', async () => {
    const files = { 'in/a.jpg': 'a', 'shoot.zip': zip, 'empty/.keep': '' };
    expect((await requestFor(files, ['shoot.zip'])).manifest(target).sources).toEqual([
      { archive: `${target}shoot.zip` },
    ]);
    expect(await requestFor(files, ['in'])).toMatchObject({ images: 1 });
    expect(await requestFor(files, ['empty'])).toMatchObject({ images: 0, hidden: 1 });
  });
});

describe('local sources of a manifest', () => {
  const files = {
    'jobs/photos/a.jpg': 'a',
    'jobs/photos/2019/b.jpg': 'b',
    'jobs/photos/2019-x.jpg': 'x',
    'jobs/photos/.hidden.jpg': 'h',
    'jobs/one.jpg': '1',
    'jobs/photos-old/z.jpg': 'z',
    'jobs/shoot.zip': zip,
    'jobs/keys.csv': 'key,n\na.jpg,1\n"2019/b.jpg",2\ns3://legacy/c.jpg,3\nhttps://example.com/d.jpg,4\ngone.jpg,5\n',
    'jobs/lines.jsonl': '"one.jpg"\n{"key":"photos/a.jpg"}\n',
  };

  test('every form is uploaded below its own path, and named by where it is', async () => {
    const { names, document, images } = await requestOf(
      {
        recipe: 'web',
        sources: [
          { prefix: 'photos-old/', include: ['*.jpg'] },
          { object: './one.jpg', output: { prefix: 'own/' } },
          { archive: 'shoot.zip', recipe: 'thumbnail' },
          { list: 'keys.csv', column: 'key', base: 'photos/' },
          { list: 'lines.jsonl' },
          { prefix: 's3://legacy/2019/' },
          { inventory: 's3://inv/manifest.json' },
          { url: 'https://example.com/e.jpg' },
        ],
      },
      files,
    );
    expect(names).toEqual([
      'keys.csv',
      'lines.jsonl',
      'one.jpg',
      'photos-old/z.jpg',
      'photos/2019/b.jpg',
      'photos/a.jpg',
      'shoot.zip',
    ]);
    expect(images).toBeUndefined();
    expect(document).toMatchObject({ recipe: 'web', relativeTo: target });
    expect(document.sources).toEqual([
      { prefix: `${target}photos-old/`, include: ['*.jpg'] },
      { object: `${target}one.jpg`, output: { prefix: 'own/' } },
      { archive: `${target}shoot.zip`, recipe: 'thumbnail' },
      { list: `${target}keys.csv`, column: 'key', base: `${target}photos/` },
      { list: `${target}lines.jsonl`, base: target },
      { prefix: 's3://legacy/2019/' },
      { inventory: 's3://inv/manifest.json' },
      { url: 'https://example.com/e.jpg' },
    ]);
    expect(ManifestSchema.safeParse(document).success).toBe(true);
  });

  test.each([
    ['photos', 'photos/', ['photos/2019-x.jpg', 'photos/2019/b.jpg', 'photos/a.jpg']],
    ['photos/2019', 'photos/2019/', ['photos/2019/b.jpg']],
    ['photos/2019-', 'photos/2019-', ['photos/2019-x.jpg']],
    ['pho', 'pho', ['photos-old/z.jpg', 'photos/2019-x.jpg', 'photos/2019/b.jpg', 'photos/a.jpg']],
    ['.//photos/./2019/', 'photos/2019/', ['photos/2019/b.jpg']],
    ['photos/.h', 'photos/.h', ['photos/.hidden.jpg']],
  ])('the prefix %s', async (prefix, key, names) => {
    const request = await requestOf({ sources: [{ prefix }] }, files);
    expect(request).toMatchObject({ names, document: { sources: [{ prefix: target + key }] } });
  });

  test('the whole folder but the manifest', async () => {
    const { names, document } = await requestOf({ sources: [{ prefix: '.' }] }, files);
    expect(names).toHaveLength(Object.keys(files).length - 1);
    expect(document.sources).toEqual([{ prefix: target }]);
  });

  test("a base in S3 uploads the list alone; a manifest's own relativeTo stays, as a path or a URI", async () => {
    const list = { list: 'keys.csv', column: 'key', base: 's3://legacy/' };
    expect(await requestOf({ sources: [list], relativeTo: 's3://legacy/' }, files)).toMatchObject({
      names: ['keys.csv'],
      document: { sources: [{ ...list, list: `${target}keys.csv` }], relativeTo: 's3://legacy/' },
    });
    const { document } = await requestOf({ sources: [{ prefix: 'photos/' }], relativeTo: 'photos/' }, files);
    expect(document.relativeTo).toBe(`${target}photos/`);
  });

  test('a manifest of S3 alone stays as it is, but for what the command line asks', async () => {
    const sources = [{ prefix: 's3://legacy/2019/' }, { url: 'https://example.com/e.jpg' }];
    const manifest = { recipe: 'web', sources, budget: { usd: 1, images: 5 } };
    const wish = { recipe: 'thumbnail', force: true, budgetUsd: 2 };
    const { document } = await requestOf(manifest, files, wish);
    expect(document).toMatchObject({ recipe: 'thumbnail', force: true, budget: { usd: 2, images: 5 }, sources });
    expect(document.relativeTo).toBeUndefined();
  });

  test.each([
    [{ prefix: '../photos/' }, 'INVALID_MANIFEST', 'sources[0].prefix', /below the manifest's folder/],
    [{ prefix: 'photos/../../x/' }, 'INVALID_MANIFEST', 'sources[0].prefix', /below the manifest's folder/],
    [{ archive: '/tmp/shoot.zip' }, 'INVALID_MANIFEST', 'sources[0].archive', /below the manifest's folder/],
    [{ object: 'a\u0000.jpg' }, 'INVALID_MANIFEST', 'sources[0].object', /below the manifest's folder/],
    [{ inventory: 'inventory.json' }, 'INVALID_MANIFEST', 'sources[0].inventory', /s3:\/\/bucket\/key expected/],
    [{ list: 's3://x-y/keys.csv', base: 'photos/' }, 'INVALID_MANIFEST', 'sources[0].base', /s3:\/\/bucket\/key/],
    [{ prefix: 'file:///etc/' }, 'INVALID_MANIFEST', 'sources[0].prefix', /s3:\/\/bucket\/key/],
    [{ object: '' }, 'INVALID_MANIFEST', 'sources[0].object', /a key of 1 to 1024 bytes/],
    [{ prefxi: 'photos/' }, 'INVALID_MANIFEST', 'sources[0].prefxi', /mean prefix/],
    [{ prefix: 'photos/', recipe: 'wbe' }, 'INVALID_MANIFEST', 'sources[0].recipe', /mean web/],
    [{ object: 'two.jpg' }, 'NOT_FOUND', 'jobs/two.jpg', /two\.jpg does not exist/],
    [{ prefix: 'nothing-like-this' }, 'NOT_FOUND', 'jobs/nothing-like-this', /no file is called/],
    [{ object: 'photos' }, 'USAGE', 'jobs/photos', /is not a file/],
    [{ archive: 'shoot.7z' }, 'USAGE', 'jobs/shoot.7z', /7z archive/],
    [{ list: 'out.csv' }, 'INVALID_MANIFEST', 'jobs/out.csv', /no file below the manifest's folder/],
    [{ list: 'keys.csv', column: 'kye' }, 'INVALID_MANIFEST', '', /there is no column/],
  ])('%j is refused', async (source, code, place, says) => {
    const more = {
      'jobs/shoot.7z': Buffer.from('377abcaf271c', 'hex'),
      'jobs/out.csv': 'photos/a.jpg\n../secret.jpg\n',
    };
    const thrown: unknown = await requestOf({ sources: [source] }, { ...files, ...more }).catch(
      (error: unknown) => error,
    );
    const { code: given, message, details } = toKnownError(thrown);
    expect({ code: given, message, place: details.path ?? '' }).toEqual({
      code,
      message: expect.stringMatching(says),
      place: expect.stringContaining(place),
    });
  });
});
