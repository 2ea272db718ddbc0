import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { n } from './canvas.ts';
import type { Orientation, SampleFormat, SamplePicture } from './catalogue.ts';
import { seededRandom } from './random.ts';

/** Canvas units of the longer side. */
const canvasSize = 1_000;

function svgOf({ motif, palette, seed, width, height }: SamplePicture): string {
  const unit = canvasSize / Math.max(width, height);
  const canvas = { width: width * unit, height: height * unit, palette, random: seededRandom(seed) };
  const viewBox = `0 0 ${n(canvas.width)} ${n(canvas.height)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${viewBox}">${motif(canvas)}</svg>`;
}

/** Turns the pixels away from upright, so that the tag turns them back. */
const turnAway: Readonly<Record<Orientation, (image: Sharp) => Sharp>> = {
  1: (image) => image,
  2: (image) => image.flop(),
  3: (image) => image.rotate(180),
  6: (image) => image.rotate(270),
  8: (image) => image.rotate(90),
};

/** Quick settings: these pictures are drawn on the reader's time. */
const encode: Readonly<Record<SampleFormat, (image: Sharp) => Sharp>> = {
  jpg: (image) => image.jpeg({ quality: 88 }),
  png: (image) => image.png({ compressionLevel: 6 }),
  webp: (image) => image.webp({ quality: 85, effort: 1 }),
  avif: (image) => image.avif({ quality: 60, effort: 0 }),
  gif: (image) => image.gif({ effort: 1, dither: 0.3 }),
  tif: (image) => image.tiff({ compression: 'lzw' }),
};

/** Draws and encodes one picture of the set. */
export function drawPicture(picture: SamplePicture): Promise<Buffer> {
  const drawn = turnAway[picture.orientation](sharp(Buffer.from(svgOf(picture))).removeAlpha());
  const tagged = picture.orientation === 1 ? drawn : drawn.withMetadata({ orientation: picture.orientation });
  return encode[picture.format](tagged).toBuffer();
}
