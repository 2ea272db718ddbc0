import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RenditionPlaces, shortened } from '../../cli/rendition-places.ts';
import { renditionKey } from '../../shared/core/output-key.ts';
import { temporaryFolder } from '../builders/folders.ts';

const keyOf = (source: string): string => renditionKey({ prefix: '' }, source, 'thumbnail.webp');

interface Disk {
  readonly folder: string;
  readonly root: string;
  readonly places: RenditionPlaces;
}

function disk(): Disk {
  const folder = temporaryFolder();
  const root = join(folder, 'renditions');
  mkdirSync(root);
  return { folder, root, places: new RenditionPlaces(root) };
}

/** Puts a file for each key that holds the key. */
async function putAll({ folder, places }: Disk, keys: readonly string[]): Promise<void> {
  await Promise.all(
    keys.map(async (key, index) => {
      const temporary = join(folder, `tmp-${index}`);
      writeFileSync(temporary, key);
      await places.put(temporary, key);
    }),
  );
}

function filesIn(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const hostileSources = [
  '../../etc/passwd.jpg',
  '/etc/passwd.jpg',
  'C:\\Windows\\a.jpg',
  '..\\..\\a.jpg',
  'a+b.jpg',
  'a%2Bb.jpg',
  'a b.jpg',
  'caf\u00e9.jpg',
  'cafe\u0301.jpg',
  'line\nbreak.jpg',
  'bell\u0007\u001b[31m.jpg',
  '<img src=x onerror=alert(1)>.jpg',
  'shoot.zip#../../a.jpg',
  'x//y/./z.jpg',
  '.',
  '..',
  'con.jpg',
  `${'n'.repeat(251)}.jpg`,
  `${'\u0001'.repeat(251)}.jpg`,
  `${'é'.repeat(125)}\n.jpg`,
];

test('whatever a source is called, its rendition is a file of its own below the folder', async () => {
  const on = disk();
  const keys = hostileSources.map(keyOf);
  await putAll(on, keys);
  expect(
    filesIn(on.root)
      .map((file) => readFileSync(file, 'utf8'))
      .toSorted(),
  ).toEqual(keys.toSorted());
  expect(readdirSync(on.folder)).toEqual(['renditions']);
  expect(on.places.renamed).toBe(2);
});

test('a name that is too long keeps its beginning and its extension', async () => {
  const on = disk();
  const long = keyOf(`album/${'\n'.repeat(200)}.jpg`);
  await putAll(on, [long]);
  const [name = ''] = readdirSync(join(on.root, 'album'));
  expect(name).toMatch(/^(%0A)+[%0A]*%~[0-9a-f]{24}\.jpg$/);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  expect(await new RenditionPlaces(on.root).placeOf(long)).toBe(join(on.root, 'album', name, 'thumbnail.webp'));
  expect(on.places.renamed).toBe(1);
});

test('names that fit stay, others differ where the whole names differ, and characters stay whole', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.string({ maxLength: 3 }), (name, more) => {
      const short = shortened(name);
      expect(Buffer.byteLength(short)).toBeLessThanOrEqual(255);
      expect(short.isWellFormed()).toBe(name.isWellFormed());
      expect(short === name).toBe(Buffer.byteLength(name) <= 255);
      expect(shortened(name + more) === short).toBe(more === '');
    }),
  );
});

test('what S3 has side by side and a file system has not: a file and a folder of one name, in any order', async () => {
  for (const order of [
    ['a', 'a/thumbnail.webp'],
    ['a/thumbnail.webp', 'a'],
  ]) {
    const on = disk();
    const keys = order.map(keyOf);
    for (const key of keys) await putAll(on, [key]);
    expect(filesIn(on.root).map((file) => readFileSync(file, 'utf8'))).toEqual(expect.arrayContaining(keys));
    // The same command again finds both where they are.
    const [again, before] = [new RenditionPlaces(on.root), filesIn(on.root)];
    for (const key of keys) expect(readFileSync(await again.placeOf(key), 'utf8')).toBe(key);
    expect(filesIn(on.root)).toEqual(before);
  }
  const both = disk();
  await putAll(both, ['a', 'a/thumbnail.webp'].map(keyOf));
  expect(filesIn(both.root)).toHaveLength(2);
});

test('a key that is none of ours leads nowhere, nor does a link', async () => {
  const { folder, root, places } = disk();
  const refused = { code: 'ENTRY_UNSAFE' };
  for (const key of [
    'renditions/../../x.webp',
    'renditions/..',
    'renditions/',
    'elsewhere/x.webp',
    'renditions/a\0/x.webp',
    'renditions/a/../../../x.webp',
  ])
    await expect(places.placeOf(key)).rejects.toMatchObject(refused);
  mkdirSync(join(folder, 'outside'));
  symlinkSync('../outside', join(root, 'link'));
  await expect(places.placeOf('renditions/link/x.webp')).rejects.toMatchObject(refused);
  expect(existsSync(join(folder, 'x.webp'))).toBe(false);
  expect(readdirSync(join(folder, 'outside'))).toEqual([]);
});
