import sharp from 'sharp';

export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'avif';

export interface PictureOptions {
  readonly format?: PictureFormat;
  readonly width?: number;
  readonly height?: number;
  /** Another seed is another picture, hence another ETag. */
  readonly seed?: number;
}

/** A colourful picture, the same bytes for the same options: smooth, with enough detail that truncation hits data. */
export async function picture(options: PictureOptions = {}): Promise<Buffer> {
  const { format = 'jpeg', width = 160, height = 120, seed = 1 } = options;
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      pixels[at] = (x * 2 + seed * 40) % 256;
      pixels[at + 1] = (y * 2 + seed * 90) % 256;
      pixels[at + 2] = ((x ^ y) * 3 + seed) % 256;
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}

/** The first part of an image: its header can be read, its pixels cannot. */
export function truncated(image: Buffer, share = 0.5): Buffer {
  return image.subarray(0, Math.floor(image.length * share));
}

/** What somebody has called photo.jpg all the same. */
export const textFile = Buffer.from('Dear diary, this is no photograph.\n'.repeat(20));

export const emptyFile = Buffer.alloc(0);
