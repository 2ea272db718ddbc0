import type Sharp from 'sharp';
import type { RendererVersions } from '../pool/protocol.ts';
import type { InputFormat } from './sniff-format.ts';

export type SharpModule = typeof Sharp;

/** libvips's loaders for files, by the format that sniffing names. */
const loaders = {
  jpeg: 'VipsForeignLoadJpegFile',
  png: 'VipsForeignLoadPngFile',
  gif: 'VipsForeignLoadNsgifFile',
  webp: 'VipsForeignLoadWebpFile',
  tiff: 'VipsForeignLoadTiffFile',
  avif: 'VipsForeignLoadHeifFile',
} as const satisfies Record<InputFormat, string>;

/** Our own pictures between two pipelines, where raw pixels would lose the alpha of a greyscale one. */
const intermediateLoader = 'VipsForeignLoadPngBuffer';

/**
 * Loads sharp and locks it down: only the loaders of the formats above exist afterwards, whatever a file claims to be
 * (CVE-2026-66066 read server files through others). One thread and no cache: the pool runs a worker per vCPU, and
 * no image is rendered twice.
 */
export async function loadSharp(): Promise<SharpModule> {
  const { default: sharp } = await import('sharp');
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: [...Object.values(loaders), intermediateLoader] });
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

export function sharpVersions({ versions }: SharpModule): RendererVersions {
  return { node: process.versions.node, sharp: versions.sharp ?? 'unknown', libvips: versions.vips };
}
