import type { FormatChoice, FormatOptions, OutputFormat } from './formats.ts';
import type { NamedOperation } from './operations.ts';
import { addsAlpha } from './pipeline-order.ts';
import { pixelsOf, sizeAfter } from './predicted-size.ts';
import type { Size } from './predicted-size.ts';
import type { PicturePlan, RenderPlan } from './render-plan.ts';

/** What the header of an image says about the memory it will take. */
export interface ImageHeader extends Size {
  readonly hasAlpha: boolean;
  /** Interlaced PNG, progressive JPEG: no row is finished before the end of the file. */
  readonly isProgressive: boolean;
  /** EXIF orientation, 1 for upright. */
  readonly orientation?: number | undefined;
}

/** Resident bytes of a worker with sharp loaded that has rendered nothing: 103 MiB measured. */
const processBytes = 110_000_000;

/** Bytes per source pixel that a decoder holds, measured as peak resident memory on 48-megapixel images. */
const decoderBytes: Readonly<Record<string, number>> = { jpeg: 0.2, png: 1.6, gif: 6, webp: 4, tiff: 1, avif: 18 };
/** The same for a progressive JPEG's coefficients and an interlaced PNG. */
const progressiveBytes: Readonly<Record<string, number>> = { jpeg: 3.2, png: 5 };

/** Bytes per pixel of the rendition that an encoder holds, measured likewise. */
const encoderBytes: { [Format in OutputFormat]: (options: FormatOptions[Format]) => number } = {
  jpeg: () => 6.5,
  // Any option may mean a palette, whose quantiser sees all pixels at once.
  png: (options) => (Object.keys(options).length === 0 ? 0.5 : 5.5),
  webp: ({ lossless, nearLossless }) => (lossless === true || nearLossless === true ? 18 : 5),
  avif: () => 33,
};

function encoderBytesOf<Format extends OutputFormat>({ format, formatOptions }: FormatChoice<Format>): number {
  return encoderBytes[format](formatOptions);
}

interface Stage {
  readonly size: Size;
  readonly channels: number;
  /** Bytes of decoder, or of the pixels in memory that the next pipeline reads. */
  readonly heldBytes: number;
  readonly inMemory: boolean;
  readonly turned: boolean;
}

const bytesOf = ({ size, channels }: Pick<Stage, 'size' | 'channels'>) => pixelsOf(size) * channels;

/** Operations that need all pixels at once, where the decoder gives them row by row. */
function needsAll(operation: NamedOperation): boolean {
  if (operation.name === 'blur') return operation.options !== true;
  return operation.name === 'rotate' || operation.name === 'flip';
}

/** What a pipeline copies before its resize, after which little is left. */
function turnBytes(stage: Stage, operations: readonly NamedOperation[]): number {
  const resizeAt = operations.findIndex(({ name }) => name === 'resize');
  const before = resizeAt === -1 ? operations : operations.slice(0, resizeAt);
  const free = before.find((operation) => operation.name === 'rotate' && operation.options.angle % 90 !== 0);
  const rotatedBytes = free === undefined ? 0 : bytesOf({ ...stage, size: sizeAfter(stage.size, free) });
  const turns = before.some(needsAll) || (stage.turned && resizeAt !== 0);
  return (turns && !stage.inMemory ? bytesOf(stage) : 0) + rotatedBytes;
}

function afterPipeline(stage: Stage, operations: readonly NamedOperation[]): Stage {
  const size = operations.reduce(sizeAfter, stage.size);
  const channels = operations.some(addsAlpha) ? 4 : stage.channels;
  return { size, channels, heldBytes: bytesOf({ size, channels }), inMemory: true, turned: false };
}

/** The largest sum of what is held while the pipelines run one after the other into memory, and what they leave. */
function runBytes(start: Stage, pipelines: PicturePlan['pipelines']): { peak: number; end: Stage } {
  let peak = 0;
  let stage = start;
  for (const operations of pipelines.length === 0 ? [[]] : pipelines) {
    const next = afterPipeline(stage, operations);
    peak = Math.max(peak, stage.heldBytes + turnBytes(stage, operations) + next.heldBytes);
    stage = next;
  }
  return { peak, end: stage };
}

function pictureBytes(start: Stage, { pipelines, files }: PicturePlan): number {
  const encodesLast = files.length === 1;
  const before = encodesLast ? pipelines.slice(0, -1) : pipelines;
  const { peak, end } = encodesLast && before.length === 0 ? { peak: 0, end: start } : runBytes(start, before);
  const operations = encodesLast ? (pipelines.at(-1) ?? []) : [];
  const rendition = afterPipeline(end, operations);
  const encoding = Math.max(...files.map((file) => encoderBytesOf(file))) * pixelsOf(rendition.size);
  return Math.max(peak, end.heldBytes + turnBytes(end, operations) + encoding);
}

function sourceStage(header: ImageHeader, format: string, plan: RenderPlan): Stage {
  const shrunk =
    format === 'webp' &&
    plan.base === undefined &&
    plan.pictures.every(({ pipelines }) => pipelines[0]?.[0]?.name === 'resize');
  const perPixel = (header.isProgressive ? progressiveBytes[format] : undefined) ?? decoderBytes[format] ?? 18;
  return {
    size: header,
    channels: header.hasAlpha ? 4 : 3,
    heldBytes: shrunk ? 0 : perPixel * pixelsOf(header),
    inMemory: false,
    turned: (header.orientation ?? 1) > 1,
  };
}

/**
 * Resident bytes that a worker will have at most while it renders an image, from its header alone. A model of
 * measured peaks that errs upwards; the pool's own watch on memory catches what it misses.
 */
export function predictMemoryBytes(plan: RenderPlan, header: ImageHeader, format: string): number {
  const source = sourceStage(header, format, plan);
  const base = plan.base === undefined ? undefined : runBytes(source, plan.base);
  const start = base?.end ?? source;
  return processBytes + Math.max(base?.peak ?? 0, ...plan.pictures.map((picture) => pictureBytes(start, picture)));
}
