import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { samplePictures } from '../../cli/sample/catalogue.ts';
import { drawPicture } from '../../cli/sample/draw-sample.ts';
import { ensureSampleSet, sampleTolerancePercent } from '../../cli/sample/sample-set.ts';

const broken = ['broken on purpose/cut short.jpg', 'broken on purpose/really a text file.jpg'];

test('the set holds what it promises: 210 pictures and two broken files, fewer than are tolerated', async () => {
  const folder = await ensureSampleSet({ signal: new AbortController().signal, say: () => {} });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  expect(names.toSorted()).toEqual([...samplePictures.map(({ name }) => name), ...broken].toSorted());
  expect((broken.length / names.length) * 100).toBeLessThan(sampleTolerancePercent);
  expect(new Set(names.map((name) => extname(name)))).toEqual(
    new Set(['.jpg', '.png', '.webp', '.avif', '.gif', '.tif']),
  );
  for (const name of broken)
    await expect(sharp(readFileSync(join(folder, name)), { failOn: 'error' }).stats()).rejects.toThrow(
      /Vips|unsupported image format/,
    );
}, 60_000);

test('sizes reach from an icon to a camera', () => {
  const megapixels = samplePictures.map(({ width, height }) => (width * height) / 1e6);
  expect(Math.min(...megapixels)).toBeLessThan(0.005);
  expect(megapixels.filter((size) => size === 12)).toHaveLength(4);
});

test('a picture is the same each time, has its size, and its orientation tag puts it upright', async () => {
  const handy = samplePictures.filter(({ width }) => width <= 1_366);
  for (const turn of [2, 3, 6, 8]) {
    const picture = handy.find(({ orientation }) => orientation === turn);
    if (picture === undefined) throw new Error(`no picture has orientation ${turn}`);
    const drawn = await drawPicture(picture);
    expect(await drawPicture(picture)).toEqual(drawn);
    expect((await sharp(drawn).metadata()).orientation).toBe(picture.orientation);
    const upright = await sharp(drawn).autoOrient().raw().toBuffer({ resolveWithObject: true });
    expect([upright.info.width, upright.info.height]).toEqual([picture.width, picture.height]);
    const plain = await sharp(await drawPicture({ ...picture, orientation: 1 }))
      .raw()
      .toBuffer();
    const difference = upright.data.reduce((sum, value, index) => sum + Math.abs(value - (plain[index] ?? 0)), 0);
    expect(difference / plain.length).toBeLessThan(4); // the encoder's doing; another side up is tens
  }
});
