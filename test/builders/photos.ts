import sharp from 'sharp';
import type { Sharp } from 'sharp';

export interface PhotoOptions {
  readonly width?: number;
  readonly height?: number;
  readonly channels?: 1 | 2 | 3 | 4;
}

/** A picture whose four corners differ in colour and whose pixels all differ a little: turns and shifts show. */
export function photo({ width = 120, height = 80, channels = 3 }: PhotoOptions = {}): Sharp {
  const pixels = Buffer.alloc(width * height * channels);
  for (let at = 0; at < pixels.length; at++) {
    const [channel, pixel] = [at % channels, Math.floor(at / channels)];
    const [x, y] = [(pixel % width) / width, Math.floor(pixel / width) / height];
    const alpha = channels % 2 === 0 && channel === channels - 1;
    const smooth = [220 * x + 20, 200 * y + 30, 255 * (1 - x) * (1 - y)][channel] ?? 0;
    pixels[at] = alpha ? 60 + 190 * x : smooth + ((pixel * 7_919) % 13);
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

/** One file of every format that is read, by its name. */
export const sourceFormats: Readonly<Record<string, (picture: Sharp) => Sharp>> = {
  jpeg: (picture) => picture.jpeg(),
  'progressive jpeg': (picture) => picture.jpeg({ progressive: true }),
  png: (picture) => picture.png(),
  'interlaced png': (picture) => picture.png({ progressive: true }),
  webp: (picture) => picture.webp(),
  gif: (picture) => picture.gif(),
  tiff: (picture) => picture.tiff(),
  avif: (picture) => picture.avif({ effort: 0 }),
};

const corners = { topLeft: [0.1, 0.1], topRight: [0.9, 0.1], bottomLeft: [0.1, 0.9], bottomRight: [0.9, 0.9] } as const;

/** The colours near the corners, rounded so that encoders do not matter. */
export async function cornersOf(file: string): Promise<Record<keyof typeof corners, string>> {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  const colourAt = ([x, y]: readonly [number, number]) => {
    const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels;
    return [...data.subarray(at, at + 3)].map((value) => (value > 128 ? 'high' : 'low')).join(' ');
  };
  const { topLeft, topRight, bottomLeft, bottomRight } = corners;
  return {
    topLeft: colourAt(topLeft),
    topRight: colourAt(topRight),
    bottomLeft: colourAt(bottomLeft),
    bottomRight: colourAt(bottomRight),
  };
}
