import * as fc from 'fast-check';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { photo } from '../../../builders/photos.ts';
import { filesOf, oneRendition, renderBytes } from '../../../builders/renders.ts';

type Written = readonly [operation: object, apply: (pipeline: Sharp) => Sharp];

function resizing(options: object): Written {
  return [{ resize: options }, (pipeline) => pipeline.resize({ withoutEnlargement: true, ...options })];
}

const extract = { left: 2, top: 1, width: 9, height: 10 };

const opaque: readonly Written[] = [
  resizing({ width: 30 }),
  resizing({ height: 20 }),
  resizing({ width: 24, height: 24 }),
  resizing({ width: 14, height: 28, position: 'top' }),
  resizing({ width: 20, height: 14, position: 'attention' }),
  resizing({ width: 30, height: 24, fit: 'contain', background: '#f00' }),
  resizing({ width: 30, height: 24, fit: 'inside' }),
  resizing({ width: 30, height: 24, fit: 'outside', withoutEnlargement: false }),
  resizing({ width: 33, height: 15, fit: 'fill', kernel: 'cubic', withoutEnlargement: false }),
  [{ extract }, (pipeline) => pipeline.extract(extract)],
  [{ rotate: { angle: 90 } }, (pipeline) => pipeline.rotate(90)],
  [{ rotate: { angle: 180 } }, (pipeline) => pipeline.rotate(180)],
  [{ rotate: { angle: -33, background: '#0f0' } }, (pipeline) => pipeline.rotate(-33, { background: '#0f0' })],
  [{ flip: true }, (pipeline) => pipeline.flip()],
  [{ flop: true }, (pipeline) => pipeline.flop()],
  [{ blur: true }, (pipeline) => pipeline.blur()],
  [{ blur: { sigma: 1.5 } }, (pipeline) => pipeline.blur(1.5)],
  [{ sharpen: true }, (pipeline) => pipeline.sharpen()],
  [{ sharpen: { sigma: 1 } }, (pipeline) => pipeline.sharpen({ sigma: 1 })],
  [{ greyscale: true }, (pipeline) => pipeline.greyscale()],
];

const transparent: readonly Written[] = [
  resizing({ width: 30, height: 24, fit: 'contain', background: '#ff000080' }),
  [
    { rotate: { angle: 20, background: 'transparent' } },
    (pipeline) => pipeline.rotate(20, { background: 'transparent' }),
  ],
];

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
}

async function pixelsOf(image: string | Buffer): Promise<Pixels> {
  const { data, info } = await sharp(image).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** Every operation in a pipeline of its own, with a lossless file between them. */
async function oneByOne(source: Buffer, operations: readonly Written[]): Promise<Pixels | undefined> {
  let image = source;
  let colours = 'srgb';
  for (const [operation, apply] of operations) {
    // Grey stays grey: filters would round three equal channels apart.
    if ('greyscale' in operation) colours = 'b-w';
    const next = await apply(sharp(image))
      .toColourspace(colours)
      .png()
      .toBuffer()
      .catch(() => undefined);
    if (next === undefined) return undefined;
    image = next;
  }
  return pixelsOf(image);
}

async function rendered(source: Buffer, operations: readonly Written[], before: number): Promise<Pixels | undefined> {
  const written = operations.map(([operation]) => operation);
  const recipe = oneRendition({ operations: written.slice(before) }, { operations: written.slice(0, before) });
  const outcome = await renderBytes(source, recipe);
  if (outcome.status === 'failed' && outcome.error.code === 'INVALID_RECIPE') return undefined;
  const [file] = await filesOf(outcome);
  return pixelsOf(file?.path ?? '');
}

test('operations apply in the order written, pixel for pixel', async () => {
  const source = await photo({ width: 41, height: 37 }).png().toBuffer();
  const lists = fc.array(fc.constantFrom(...opaque), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(lists, fc.nat(6), async (operations, before) => {
      expect(await rendered(source, operations, before)).toEqual(await oneByOne(source, operations));
    }),
    { numRuns: 250 },
  );
}, 60_000);

/** Colour times alpha: what is seen. One pipeline rounds it once, several round it each time: 5 of 255 is the most seen, in some 600 lists. */
function largestDifference(a: Pixels | undefined, b: Pixels | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : Infinity;
  let largest = 0;
  for (let at = 0; at < a.data.length; at += 1) {
    const alphaAt = at - (at % 4) + 3;
    const seen = ({ data }: Pixels) => ((data[at] ?? 0) * (at === alphaAt ? 255 : (data[alphaAt] ?? 0))) / 255;
    largest = Math.max(largest, Math.abs(seen(a) - seen(b)));
  }
  return largest;
}

test('with transparency, to the rounding of premultiplied colours', async () => {
  const source = await photo({ width: 41, height: 37, channels: 4 }).png().toBuffer();
  const gentle = opaque.filter(([operation]) => !('sharpen' in operation));
  const lists = fc.array(fc.constantFrom(...gentle, ...transparent), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lists, async (operations) => {
      const [ours, reference] = [await rendered(source, operations, 1), await oneByOne(source, operations)];
      expect([ours?.width, ours?.height]).toEqual([reference?.width, reference?.height]);
      expect(largestDifference(ours, reference)).toBeLessThanOrEqual(8);
    }),
    { numRuns: 150 },
  );
}, 60_000);
