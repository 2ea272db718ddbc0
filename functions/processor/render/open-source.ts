import { open } from 'node:fs/promises';
import type { Metadata, SharpOptions } from 'sharp';
import { FanlightError } from '../../../shared/core/errors.ts';
import type { Recipe } from '../../../shared/core/recipe.ts';
import type { RenderInput } from '../pool/protocol.ts';
import type { SharpModule } from './load-sharp.ts';
import { sniffedBytes, sniffFormat } from './sniff-format.ts';
import type { InputFormat } from './sniff-format.ts';

/** A source image whose header was read and found acceptable; no pixel of it is decoded yet. */
export interface OpenedSource {
  readonly path: string;
  readonly format: InputFormat;
  readonly metadata: Metadata;
  readonly input: RenderInput;
  /** sharp's options to read it with. */
  readonly options: SharpOptions;
}

/** libvips's name for a format of ours, where it differs. */
const sharpFormat: Readonly<Partial<Record<InputFormat, string>>> = { avif: 'heif' };

async function readStart(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(sniffedBytes), 0, sniffedBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Sniffs the format, so that a refused file never reaches a decoder. */
export async function sniffFile(path: string): Promise<InputFormat> {
  return sniffFormat(await readStart(path));
}

function megapixels(pixels: number): string {
  return `${(pixels / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} megapixels`;
}

function checkHeader(metadata: Metadata, format: InputFormat, { maxPixels }: Recipe['input']): void {
  if (metadata.compression === 'hevc') {
    throw new FanlightError('UNSUPPORTED_FORMAT', 'HEIC (HEVC) is not read; convert it to JPEG or AVIF first');
  }
  if (metadata.format !== (sharpFormat[format] ?? format)) {
    throw new FanlightError('UNSUPPORTED_FORMAT', `the file starts like ${format} and goes on like ${metadata.format}`);
  }
  const pixels = metadata.width * metadata.height;
  if (pixels > maxPixels) {
    const message = `the image has ${megapixels(pixels)} (${metadata.width}×${metadata.height}), the recipe allows ${megapixels(maxPixels)}`;
    throw new FanlightError('TOO_MANY_PIXELS', message);
  }
}

/**
 * Reads the header and checks it before any pixel is decoded. Of an animation or a document of several pages the
 * first page is rendered, or the one that the file declares to be its primary.
 * @throws FanlightError UNSUPPORTED_FORMAT, TOO_MANY_PIXELS; sharp's own error for a damaged header.
 */
export async function openSource(
  sharp: SharpModule,
  path: string,
  format: InputFormat,
  limits: Recipe['input'],
): Promise<OpenedSource> {
  const { failOn, maxPixels } = limits;
  const metadata = await sharp(path, { failOn, limitInputPixels: false }).metadata();
  checkHeader(metadata, format, limits);
  const { width, height } = metadata.autoOrient;
  const page = metadata.pagePrimary === undefined ? {} : { page: metadata.pagePrimary };
  return {
    path,
    format,
    metadata,
    input: { format, width, height },
    options: { failOn, limitInputPixels: maxPixels, autoOrient: true, ...page },
  };
}
