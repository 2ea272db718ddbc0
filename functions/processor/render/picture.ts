import type { Sharp, SharpInput, SharpOptions } from 'sharp';
import { FanlightError } from '../../../shared/core/errors.ts';
import type { NamedOperation } from '../../../shared/core/operations.ts';
import { addsAlpha } from '../../../shared/core/pipeline-order.ts';
import { applyOperation } from './apply-operation.ts';
import type { SharpModule } from './load-sharp.ts';
import type { OpenedSource } from './open-source.ts';

export type Pipelines = readonly (readonly NamedOperation[])[];

/** Pixels that a pipeline can start from: the source's file, or what an earlier pipeline left in memory. */
export interface Picture {
  readonly input: SharpInput;
  readonly options: SharpOptions;
  readonly alpha: boolean;
  /** Made greyscale by an operation: stays so between pipelines, since filters would round three channels apart. */
  readonly grey: boolean;
  /** libvips works on these in Display P3 and would leave them there, so sRGB must be asked for. */
  readonly wideGamut: boolean;
}

/** The time an image has left, shared by all of its pipelines. */
export interface Deadline {
  /** In performance.now()'s milliseconds. */
  readonly atMs: number;
}

export function pictureOf({ path, options, metadata }: OpenedSource): Picture {
  const wideGamut = metadata.space === 'rgb16' && metadata.hasProfile;
  return { input: path, options, alpha: metadata.hasAlpha, grey: false, wideGamut };
}

/** A pipeline that applies operations which need no cut, not yet run. */
export function startPipeline(
  sharp: SharpModule,
  from: Picture,
  operations: readonly NamedOperation[],
  deadline: Deadline,
): Sharp {
  const remainingMs = deadline.atMs - performance.now();
  if (remainingMs <= 0) throw new FanlightError('TIMEOUT', 'rendering did not finish before the deadline');
  const pipeline = sharp(from.input, from.options).timeout({ seconds: Math.max(1, Math.floor(remainingMs / 1000)) });
  if (from.wideGamut) pipeline.withIccProfile('srgb', { attach: false });
  return operations.reduce<Sharp>((applied, operation) => applyOperation(applied, operation), pipeline);
}

/** Runs one pipeline into memory, in 8-bit sRGB or grey. */
async function runPipeline(
  sharp: SharpModule,
  from: Picture,
  operations: readonly NamedOperation[],
  deadline: Deadline,
): Promise<Picture> {
  const pipeline = startPipeline(sharp, from, operations, deadline);
  const alpha = from.alpha || operations.some(addsAlpha);
  const grey = from.grey || operations.some(({ name }) => name === 'greyscale');
  if (grey) pipeline.toColourspace('b-w');
  const after = { alpha, grey, wideGamut: false };
  if (grey && alpha) {
    // sharp's raw output of grey pixels is their first band alone, without the alpha.
    const data = await pipeline.png({ compressionLevel: 0 }).toBuffer();
    return { ...after, input: data, options: { limitInputPixels: false } };
  }
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { ...after, input: data, options: { raw: { width, height, channels }, limitInputPixels: false } };
}

/** Runs pipeline after pipeline; with none, the picture is only decoded. */
export async function runPipelines(
  sharp: SharpModule,
  from: Picture,
  pipelines: Pipelines,
  deadline: Deadline,
): Promise<Picture> {
  let picture = from;
  for (const operations of pipelines.length === 0 ? [[]] : pipelines) {
    // Each pipeline starts from the picture of the one before it.
    picture = await runPipeline(sharp, picture, operations, deadline);
  }
  return picture;
}
