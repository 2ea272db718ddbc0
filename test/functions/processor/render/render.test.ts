import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { RenderOutcome } from '../../../../functions/processor/pool/protocol.ts';
import { builtInRecipes } from '../../../../shared/core/built-in-recipes.ts';
import { parseRecipe } from '../../../../shared/core/recipe.ts';
import { cornersOf, photo, sourceFormats } from '../../../builders/photos.ts';
import { filesOf, oneRendition, renderBytes } from '../../../builders/renders.ts';

const failedWith = (outcome: RenderOutcome) => (outcome.status === 'failed' ? outcome.error : undefined);

async function firstFile(outcome: RenderOutcome) {
  const [file] = await filesOf(outcome);
  if (file === undefined) throw new Error('no file was rendered');
  return file;
}

describe('every format that is read', () => {
  test.each(Object.entries(sourceFormats))('%s becomes a thumbnail of exactly 256 by 256', async (name, encode) => {
    const outcome = await renderBytes(
      await encode(photo({ width: 700, height: 300 })).toBuffer(),
      builtInRecipes.thumbnail,
    );
    const file = await firstFile(outcome);
    const onDisk = await sharp(file.path).metadata();
    expect(outcome).toMatchObject({ input: { format: name.split(' ').at(-1), width: 700, height: 300 } });
    expect(file).toMatchObject({
      name: 'thumbnail',
      fileName: 'thumbnail.webp',
      format: 'webp',
      width: 256,
      height: 256,
    });
    expect(onDisk).toMatchObject({ format: 'webp', width: 256, height: 256 });
    expect(file.bytes).toBe((await readFile(file.path)).length);
  });

  test.each([[1], [2], [3], [4]] as const)('pictures of %i channels', async (channels) => {
    const source = await photo({ channels }).png().toBuffer();
    expect(await filesOf(renderBytes(source, builtInRecipes.web))).toHaveLength(12);
  });

  test('a picture smaller than the thumbnail is enlarged, one pixel too', async () => {
    const source = await photo({ width: 1, height: 1 }).png().toBuffer();
    expect(await firstFile(await renderBytes(source, builtInRecipes.thumbnail))).toMatchObject({
      width: 256,
      height: 256,
    });
  });

  test('nothing else is enlarged', async () => {
    const source = await photo({ width: 400, height: 100 }).png().toBuffer();
    const files = await filesOf(renderBytes(source, builtInRecipes.web));
    expect(files.map(({ width, height }) => `${width}x${height}`)).toEqual([
      ...Array.from({ length: 3 }, () => '320x80'),
      ...Array.from({ length: 9 }, () => '400x100'),
    ]);
  });

  test('of an animation the first page', async () => {
    const pixels = await photo({ height: 240 }).raw().toBuffer();
    const raw = { width: 120, height: 240, channels: 3, pageHeight: 80 } as const;
    const source = await sharp(pixels, { raw }).webp().toBuffer();
    expect(source.includes('ANIM')).toBe(true);
    const file = await firstFile(await renderBytes(source, oneRendition()));
    expect(file).toMatchObject({ width: 120, height: 80 });
    expect(await cornersOf(file.path)).toMatchObject({ topRight: 'high low low', bottomRight: 'high low low' });
  });
});

describe('what a person expects of the picture', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i comes out upright', async (orientation) => {
    // The turn that the camera made is undone by the viewer, so it is made here first; sharp flops before it rotates.
    const turned = [
      photo(),
      photo().flop(),
      photo().rotate(180),
      photo().flip(),
      photo().rotate(270).flop(),
      photo().rotate(270),
      photo().rotate(90).flop(),
      photo().rotate(90),
    ][orientation - 1];
    const pixels = await (turned ?? photo()).png().toBuffer();
    const source = await sharp(pixels).withMetadata({ orientation }).jpeg().toBuffer();
    const recipe = parseRecipe({
      name: 'turned',
      renditions: [
        { name: 'full', formats: { png: {} } },
        { name: 'small', resize: { width: 60, height: 40 }, formats: { png: {} } },
      ],
    });
    const upright = await firstFile(await renderBytes(await photo().png().toBuffer(), oneRendition()));
    const outcome = await renderBytes(source, recipe);
    expect(outcome).toMatchObject({ input: { width: 120, height: 80 } });
    const files = await filesOf(outcome);
    expect(files.map(({ width, height }) => [width, height])).toEqual([
      [120, 80],
      [60, 40],
    ]);
    const expected = await cornersOf(upright.path);
    expect(await Promise.all(files.map(({ path }) => cornersOf(path)))).toEqual([expected, expected]);
  });

  test('metadata is stripped, GPS above all', async () => {
    const source = await photo()
      .withExif({ IFD0: { Copyright: 'me' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .jpeg()
      .toBuffer();
    expect(source.includes('Exif')).toBe(true);
    const { renditions } = parseRecipe({
      name: 'all',
      renditions: [{ name: 'a', formats: { jpeg: {}, png: {}, webp: {}, avif: {} } }],
    });
    const files = await filesOf(renderBytes(source, { ...oneRendition(), renditions }));
    for (const { exif, icc, xmp } of await Promise.all(files.map(({ path }) => sharp(path).metadata()))) {
      expect([exif, icc, xmp]).toEqual([undefined, undefined, undefined]);
    }
  });

  test('transparent is white in a JPEG, also where a padding made it so', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const source = await sharp({ create: { width: 40, height: 40, channels: 4, background: clear } })
      .png()
      .toBuffer();
    const opaque = await photo({ width: 10, height: 80 }).png().toBuffer();
    const resize = { width: 40, height: 40, fit: 'contain', background: 'transparent' };
    const whole = await firstFile(await renderBytes(source, oneRendition({ formats: { jpeg: {} } })));
    const padded = await firstFile(await renderBytes(opaque, oneRendition({ resize, formats: { jpeg: {} } })));
    expect(await cornersOf(whole.path)).toMatchObject({ topLeft: 'high high high', bottomRight: 'high high high' });
    expect(await cornersOf(padded.path)).toMatchObject({ topLeft: 'high high high', bottomRight: 'high high high' });
  });

  test('greyscale keeps the alpha', async () => {
    const source = await photo({ channels: 4 }).png().toBuffer();
    const operations = [{ greyscale: true }, { flip: true }, { greyscale: true }];
    const file = await firstFile(await renderBytes(source, oneRendition({ operations })));
    const [before, after] = await Promise.all([sharp(source).stats(), sharp(file.path).stats()]);
    expect(after.channels.at(-1)?.mean).toBeCloseTo(before.channels.at(-1)?.mean ?? 0, 0);
  });

  test('16-bit wide-gamut colours arrive in sRGB', async () => {
    const colour = { r: 200, g: 60, b: 40 };
    const create = { width: 8, height: 8, channels: 3, background: colour } as const;
    const source = await sharp({ create }).toColourspace('rgb16').withIccProfile('p3').png().toBuffer();
    const file = await firstFile(await renderBytes(source, oneRendition()));
    const { data } = await sharp(file.path).raw().toBuffer({ resolveWithObject: true });
    for (const [index, value] of Object.values(colour).entries())
      expect(Math.abs((data[index] ?? 0) - value)).toBeLessThan(3);
  });
});

describe('several renditions', () => {
  const recipe = parseRecipe({
    name: 'several',
    operations: [{ greyscale: true }],
    renditions: [
      { name: 'w{width}', widths: [20, 60], formats: { webp: {}, jpeg: {}, avif: { effort: 0 } } },
      { name: 'square', resize: { width: 32, height: 32 }, operations: [{ sharpen: true }], formats: { png: {} } },
    ],
  });

  test.each(Object.entries(sourceFormats))('%s: a rendition made alone has the same bytes', async (_name, encode) => {
    const source = await encode(photo()).toBuffer();
    const all = await filesOf(renderBytes(source, recipe));
    expect(all.map(({ fileName }) => fileName).toSorted()).toEqual(
      ['square.png', ...['w20', 'w60'].flatMap((name) => [`${name}.avif`, `${name}.jpg`, `${name}.webp`])].toSorted(),
    );
    for (const { fileName, path } of all) {
      const alone = await filesOf(renderBytes(source, recipe, { fileNames: [fileName] }));
      expect(alone.map((file) => file.fileName)).toEqual([fileName]);
      expect(await readFile(alone[0]?.path ?? '')).toEqual(await readFile(path));
    }
  });
});

describe('what cannot be rendered', () => {
  test('more pixels than allowed: TOO_MANY_PIXELS, before anything is decoded', async () => {
    const source = await photo({ width: 1000, height: 600 }).png().toBuffer();
    const outcome = await renderBytes(source, oneRendition({}, { input: { maxPixels: 500_000 } }));
    expect(failedWith(outcome)).toEqual({
      code: 'TOO_MANY_PIXELS',
      message: 'the image has 0.6 megapixels (1000×600), the recipe allows 0.5 megapixels',
    });
  });

  test('longer than the format can hold: TOO_MANY_PIXELS', async () => {
    const source = await photo({ width: 16_500, height: 2 }).png().toBuffer();
    const outcome = await renderBytes(source, oneRendition({ formats: { webp: {} } }));
    expect(failedWith(outcome)).toEqual({
      code: 'TOO_MANY_PIXELS',
      message: 'the rendition has longer sides than WebP can hold',
    });
  });

  test('an extract outside the image: INVALID_RECIPE', async () => {
    const operations = [{ extract: { left: 100, top: 0, width: 21, height: 10 } }];
    const outcome = await renderBytes(await photo().png().toBuffer(), oneRendition({ operations }));
    expect(failedWith(outcome)).toMatchObject({ code: 'INVALID_RECIPE' });
  });

  test('out of time: TIMEOUT', async () => {
    const source = await photo().png().toBuffer();
    expect(failedWith(await renderBytes(source, oneRendition(), { timeoutMs: Number.MIN_VALUE }))).toMatchObject({
      code: 'TIMEOUT',
    });
  });

  test('a loader that is not on the list does not exist', async () => {
    await filesOf(renderBytes(await photo().png().toBuffer(), oneRendition()));
    await expect(
      sharp(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')).png().toBuffer(),
    ).rejects.toThrow('unsupported image format');
  });

  test.each([
    ['text', Buffer.from('hello'), 'UNSUPPORTED_FORMAT'],
    ['nothing', Buffer.alloc(0), 'EMPTY_SOURCE'],
    ['a JPEG signature alone', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'CORRUPT_IMAGE'],
    ['a PNG signature alone', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'CORRUPT_IMAGE'],
  ])('%s is refused', async (_name, bytes, code) => {
    const error = failedWith(await renderBytes(bytes, oneRendition()));
    expect(error?.code).toBe(code);
    expect(error?.message).not.toMatch(/\n|\/tmp|fanlight-test/);
  });
});

describe('truncation at every fifth percent', () => {
  test.each(Object.entries(sourceFormats))(
    '%s: CORRUPT_IMAGE, in one line without our paths',
    async (_name, encode) => {
      const whole = await encode(photo({ width: 300, height: 200 })).toBuffer();
      const cuts = Array.from({ length: 19 }, (_, index) => Math.floor((whole.length * (index + 1)) / 20));
      const outcomes = await Promise.all(
        cuts.map((cut) => renderBytes(whole.subarray(0, cut), builtInRecipes.thumbnail)),
      );
      for (const outcome of outcomes) {
        const error = failedWith(outcome);
        expect(error?.code).toBe('CORRUPT_IMAGE');
        expect(error?.message).toMatch(/^the \w+ data cannot be decoded: [^\n/]+$/);
      }
    },
  );
});
