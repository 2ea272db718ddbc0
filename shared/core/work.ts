import type { Recipe } from './recipe.ts';
import { expandRenditions, type RenditionSpec } from './renditions.ts';

/**
 * Milliseconds of one vCPU per megapixel of output. Measured on 11-megapixel photos (design 10): `web` takes 1,470 ms for
 * 7.3 megapixels in three formats. They only have to rank images and roughly fill shards; nothing breaks when they are wrong.
 */
const encodeMsPerMegapixel = { avif: 420, webp: 110, jpeg: 45, png: 80 } as const satisfies Record<
  RenditionSpec['format'],
  number
>;

/** Decoding with shrink-on-load, download and hand-over of 1 MB of compressed source. */
const decodeMsPerMegabyte = 5;
const fixedMsPerImage = 8;
/** What a source of unknown size is taken for. */
const assumedBytes = 2_000_000;
/** Compressed photographs hold about 2.5 megapixels per megabyte. */
const megapixelsPerMegabyte = 2.5;

function outputMegapixels(rendition: RenditionSpec, inputMegapixels: number): number {
  const { width, height } = rendition.resize ?? {};
  if (width === undefined && height === undefined) return inputMegapixels;
  // One side given: photographs are 4:3 as a rule.
  return ((width ?? (height ?? 0) * (4 / 3)) * (height ?? (width ?? 0) * (3 / 4))) / 1e6;
}

/** Predicts the work of images of one recipe, in ms of one vCPU, from their bytes alone: nothing is read for it. */
export function workPredictor(recipe: Recipe): (sizeBytes: number | undefined) => number {
  const renditions = expandRenditions(recipe);
  return (sizeBytes) => {
    const megabytes = (sizeBytes ?? assumedBytes) / 1e6;
    const encodeMs = renditions.map(
      (r) => outputMegapixels(r, megabytes * megapixelsPerMegabyte) * encodeMsPerMegapixel[r.format],
    );
    return encodeMs.reduce((a, b) => a + b, fixedMsPerImage + megabytes * decodeMsPerMegabyte);
  };
}
