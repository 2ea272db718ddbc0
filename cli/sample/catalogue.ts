import { range } from './canvas.ts';
import type { Motif } from './canvas.ts';
import { dunes, mountains, sea } from './motifs/landscapes.ts';
import { aurora, city } from './motifs/nights.ts';
import { bauhaus, contours, leaves, paths, ridgelines, scales, seeds } from './motifs/patterns.ts';
import { fanlight, rose } from './motifs/windows.ts';
import { palettes } from './palettes.ts';
import type { Palette } from './palettes.ts';

export const sampleFormats = ['jpg', 'png', 'webp', 'avif', 'gif', 'tif'] as const;
export type SampleFormat = (typeof sampleFormats)[number];

/** EXIF orientations that are made here: upright, mirrored, upside down, on either side. */
export type Orientation = 1 | 2 | 3 | 6 | 8;

/** One picture of the set. */
export interface SamplePicture {
  /** Path below the set's folder. */
  readonly name: string;
  readonly motif: Motif;
  readonly palette: Palette;
  readonly seed: number;
  /** Pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
  readonly format: SampleFormat;
  readonly orientation: Orientation;
}

interface Series {
  /** Folders and names hold what trips programs over: spaces, `+`, `&`, `#`, `%`, letters beyond ASCII. */
  readonly folder: string;
  readonly title: string;
  readonly motif: Motif;
  readonly formats: readonly [SampleFormat, ...SampleFormat[]];
  /** Numbers of palettes that suit it; all when absent. */
  readonly palettes?: readonly number[];
}

const dark = [0, 1, 2, 4, 6, 9];

const series: readonly Series[] = [
  { folder: 'fanlights', title: 'fanlight', motif: fanlight, formats: ['jpg', 'png', 'jpg', 'webp'] },
  { folder: 'rosettes + wheels', title: 'rose', motif: rose, formats: ['png', 'jpg', 'webp', 'jpg'] },
  { folder: 'landscapes/dunes', title: 'dune', motif: dunes, formats: ['jpg'] },
  { folder: 'landscapes/montañas', title: 'montaña', motif: mountains, formats: ['jpg', 'jpg', 'tif', 'webp'] },
  { folder: 'landscapes/sea', title: 'été à la mer', motif: sea, formats: ['jpg', 'avif', 'jpg', 'jpg'] },
  { folder: 'nights/aurora', title: 'aurora #', motif: aurora, formats: ['jpg', 'avif', 'webp'], palettes: dark },
  { folder: 'nights/city', title: 'city (dusk)', motif: city, formats: ['jpg', 'png', 'jpg'], palettes: dark },
  { folder: 'patterns/scales', title: '青海波', motif: scales, formats: ['png', 'webp', 'gif'] },
  { folder: 'patterns/paths', title: 'path', motif: paths, formats: ['gif', 'png', 'webp'] },
  { folder: 'patterns/bauhaus', title: 'form & colour', motif: bauhaus, formats: ['png', 'gif', 'webp', 'jpg'] },
  { folder: 'patterns/contours', title: '100 % hills', motif: contours, formats: ['webp', 'jpg', 'png'] },
  { folder: 'patterns/seeds', title: 'seeds', motif: seeds, formats: ['jpg', 'webp', 'avif'] },
  { folder: 'patterns/ridgelines', title: 'ridge+line', motif: ridgelines, formats: ['png', 'jpg', 'tif'] },
  { folder: 'leaves', title: 'leaf', motif: leaves, formats: ['webp', 'jpg', 'png', 'avif'] },
];

const picturesPerSeries = 15;

/** From an icon to a phone's wallpaper. */
const sizes = [
  [800, 600],
  [1024, 768],
  [480, 640],
  [1280, 720],
  [640, 640],
  [320, 240],
  [1600, 900],
  [600, 900],
  [64, 64],
  [1200, 800],
  [900, 1200],
  [240, 160],
  [1920, 1080],
  [500, 500],
  [1366, 1024],
] as const;

/** A camera's size, 12 megapixels: few, because they take a tenth of a second each and more. */
const cameraSize = [4000, 3000] as const;
const cameraSeries = new Set(['fanlights', 'landscapes/dunes', 'landscapes/sea', 'nights/city']);

/** As cameras and phones write them, among the JPEGs. */
const orientations: readonly Orientation[] = [1, 1, 6, 1, 8, 1, 3, 1, 2];

function pictureOf({ folder, title, motif, formats, ...rest }: Series, row: number, index: number): SamplePicture {
  const ofCamera = index === 0 && cameraSeries.has(folder);
  const [width, height] = ofCamera ? cameraSize : (sizes[(index + row * 4) % sizes.length] ?? sizes[0]);
  const suitable = rest.palettes ?? palettes.map((_, number) => number);
  const format = formats[index % formats.length] ?? formats[0];
  return {
    name: `${folder}/${title} ${String(index + 1).padStart(2, '0')}.${format}`,
    motif,
    palette: palettes[suitable[(index + row) % suitable.length] ?? 0] ?? palettes[0],
    seed: row * 1_000 + index,
    width,
    height,
    format,
    orientation: format === 'jpg' ? (orientations[(index + row) % orientations.length] ?? 1) : 1,
  };
}

/** The 210 good pictures of the sample set. */
export const samplePictures: readonly SamplePicture[] = series.flatMap((one, row) =>
  range(picturesPerSeries).map((index) => pictureOf(one, row, index)),
);
