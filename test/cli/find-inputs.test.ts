import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findInputs } from '../../cli/find-inputs.ts';
import { temporaryFolder, writeFiles } from '../builders/folders.ts';

const plain = { exclude: [], keyPrefixBytes: 40 };

async function namesIn(paths: readonly string[], exclude: readonly string[] = []): Promise<string[]> {
  const { files } = await findInputs(paths, { ...plain, exclude });
  return files.map(({ name }) => name);
}

test('names are relative to the given folder, files keep their own; hidden ones are counted', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'in/b/c.jpg': 'c', 'in/a.jpg': 'aa', 'in/.DS_Store': '', 'in/.git/x': '', 'one.png': '1' });
  const { files, hidden } = await findInputs([join(folder, 'in'), join(folder, 'one.png')], plain);
  expect(files.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ['a.jpg', 2],
    ['b/c.jpg', 1],
    ['one.png', 1],
  ]);
  expect(hidden).toBe(2);
});

test('links are followed, to files and folders, and a circle ends', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'elsewhere/x.jpg': 'x', 'in/sub/y.jpg': 'y' });
  symlinkSync('../elsewhere', join(folder, 'in/linked'));
  symlinkSync('../elsewhere/x.jpg', join(folder, 'in/x.jpg'));
  symlinkSync('..', join(folder, 'in/sub/up'));
  symlinkSync('.', join(folder, 'in/self'));
  expect(await namesIn([join(folder, 'in')])).toEqual(['linked/x.jpg', 'sub/y.jpg', 'x.jpg']);
});

test('own output is no input, whatever path leads to it', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, {
    'in/a.jpg': 'a',
    'in/out/renditions/a.jpg/t.webp': 'r',
    'in/out/report.json': '{}',
    'in/out/mine.jpg': 'm',
  });
  symlinkSync('out', join(folder, 'in/alias'));
  const exclude = [
    join(folder, 'in/out/renditions'),
    join(folder, 'in/out/report.json'),
    join(folder, 'in/out/absent'),
  ];
  expect(await namesIn([join(folder, 'in')], exclude)).toEqual(['a.jpg', 'alias/mine.jpg', 'out/mine.jpg']);
  await expect(namesIn([join(folder, 'in/alias/renditions/a.jpg')], exclude)).rejects.toThrow(
    /output of an earlier run/,
  );
});

test('the same file twice is one input; another file of its name is a collision', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'in/a.jpg': 'a', 'other/a.jpg': 'a' });
  symlinkSync('in', join(folder, 'alias'));
  expect(await namesIn([join(folder, 'in'), join(folder, 'alias'), join(folder, 'in/a.jpg')])).toEqual(['a.jpg']);
  await expect(namesIn([join(folder, 'in'), join(folder, 'other')])).rejects.toMatchObject({ code: 'KEY_COLLISION' });
});

test('names that no key can hold, and what is no file', async () => {
  const folder = temporaryFolder();
  const deep = Array.from({ length: 5 }, () => 'x'.repeat(200)).join('/');
  writeFiles(folder, { [`deep/${deep}/a.jpg`]: 'a' });
  await expect(namesIn([join(folder, 'deep')])).rejects.toMatchObject({ code: 'ENTRY_UNSAFE' });
  mkdirSync(Buffer.concat([Buffer.from(`${folder}/latin-`), Buffer.from([0xe9])]));
  await expect(namesIn([folder])).rejects.toMatchObject({ code: 'ENTRY_UNSAFE' });
  await expect(namesIn(['/dev/null'])).rejects.toMatchObject({ code: 'USAGE' });
});

const zipFront = Buffer.from('PK\u0003\u0004');

test('a file that begins like an archive is one, if it is given itself; what it is called says nothing', async () => {
  const folder = temporaryFolder();
  const jpeg = Buffer.from('ffd8ffe000104a46', 'hex');
  writeFiles(folder, {
    'shoot.zip': zipFront,
    photo: zipFront,
    'really-a.zip': jpeg,
    'in/x.zip': zipFront,
    'in/a.jpg': jpeg,
  });
  const given = ['shoot.zip', 'photo', 'really-a.zip', 'in'].map((name) => join(folder, name));
  const { files, archives } = await findInputs(given, plain);
  expect(files.map(({ name }) => name)).toEqual(['a.jpg', 'photo', 'really-a.zip', 'shoot.zip', 'x.zip']);
  expect(archives).toEqual(['shoot.zip', 'photo']);
});

test.each([
  ['shoot.7z', '377abcaf271c', /is a 7z archive, which is not read; make it a zip/],
  ['shoot.rar', '526172211a07', /is a rar archive/],
  ['shoot.tar.xz', 'fd377a585a00', /is a xz archive/],
  ['shoot', '425a6839314159265359', /is a bzip2 archive/],
  ['error-page.zip', '3c68746d6c3e', /is called an archive, but does not begin like one/],
  ['empty.tar', '', /is called an archive/],
])('%s is refused', async (name, hex, says) => {
  const folder = temporaryFolder();
  writeFiles(folder, { [name]: Buffer.from(hex, 'hex') });
  const path = join(folder, name);
  await expect(findInputs([path], plain)).rejects.toThrow(says);
  await expect(findInputs([path], plain)).rejects.toMatchObject({ code: 'USAGE', details: { path } });
  // Below a folder it is a stray.
  expect(await namesIn([folder])).toEqual([name]);
});

test('two archives of one name, and an archive and a file', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'a/shoot.zip': zipFront, 'b/shoot.zip': zipFront });
  const archive = join(folder, 'a/shoot.zip');
  for (const other of ['b/shoot.zip', 'b'])
    await expect(findInputs([archive, join(folder, other)], plain)).rejects.toMatchObject({ code: 'KEY_COLLISION' });
  const { files, archives } = await findInputs([join(folder, 'a'), archive], plain);
  expect({ names: files.map(({ name }) => name), archives }).toEqual({ names: ['shoot.zip'], archives: ['shoot.zip'] });
});

test('any tree of files is found whole, once, in one order', async () => {
  const segment = fc.stringMatching(/^[a-c+ é%#][a-c. é+]{0,3}$/);
  const paths = fc.uniqueArray(fc.array(segment, { minLength: 1, maxLength: 3 }), {
    maxLength: 12,
    selector: (path) => path[0],
  });
  await fc.assert(
    fc.asyncProperty(paths, async (trees) => {
      const folder = temporaryFolder();
      const names = trees.map((path) => path.join('/'));
      writeFiles(folder, Object.fromEntries(names.map((name) => [name, 'x'])));
      expect(await namesIn([folder])).toEqual(names.toSorted());
    }),
    { numRuns: 30 },
  );
});
