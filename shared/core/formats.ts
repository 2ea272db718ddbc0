import type { AvifOptions, JpegOptions, PngOptions, WebpOptions } from 'sharp';
import { z } from 'zod';
import type { ShapeOf } from './operations.ts';

const flag = z.exactOptional(z.boolean());
const quality = z.exactOptional(z.int().min(1).max(100));
const chromaSubsampling = z.exactOptional(z.enum(['4:2:0', '4:4:4']));

/** One spelling of each option, so that a rendition has one fingerprint; `force` would make the file's extension lie. */
type Omitted = 'force' | 'optimizeScans' | 'optimizeCoding' | 'quantizationTable' | 'colors' | 'loop' | 'delay';
type FormatShape<Options> = ShapeOf<Omit<Options, Omitted>>;

const jpegShape = {
  quality,
  progressive: flag,
  chromaSubsampling,
  trellisQuantisation: flag,
  overshootDeringing: flag,
  optimiseScans: flag,
  optimiseCoding: flag,
  quantisationTable: z.exactOptional(z.int().min(0).max(8)),
  mozjpeg: flag,
} satisfies FormatShape<JpegOptions>;

const pngShape = {
  progressive: flag,
  compressionLevel: z.exactOptional(z.int().min(0).max(9)),
  adaptiveFiltering: flag,
  quality: z.exactOptional(z.int().min(0).max(100)),
  effort: z.exactOptional(z.int().min(1).max(10)),
  palette: flag,
  colours: z.exactOptional(z.int().min(2).max(256)),
  dither: z.exactOptional(z.number().min(0).max(1)),
} satisfies FormatShape<PngOptions>;

const webpShape = {
  quality,
  alphaQuality: z.exactOptional(z.int().min(0).max(100)),
  lossless: flag,
  nearLossless: flag,
  smartSubsample: flag,
  smartDeblock: flag,
  effort: z.exactOptional(z.int().min(0).max(6)),
  minSize: flag,
  mixed: flag,
  preset: z.exactOptional(z.enum(['default', 'photo', 'picture', 'drawing', 'icon', 'text'])),
  exact: flag,
} satisfies FormatShape<WebpOptions>;

const avifShape = {
  quality,
  lossless: flag,
  effort: z.exactOptional(z.int().min(0).max(9)),
  chromaSubsampling,
  bitdepth: z.exactOptional(z.literal([8, 10, 12])),
  tune: z.exactOptional(z.enum(['auto', 'iq', 'psnr', 'ssim'])),
} satisfies FormatShape<AvifOptions>;

/** Every format a rendition may be written in, its extension, content type and sharp's options for it. */
export const outputFormats = {
  jpeg: { ext: 'jpg', contentType: 'image/jpeg', options: z.strictObject(jpegShape) },
  png: { ext: 'png', contentType: 'image/png', options: z.strictObject(pngShape) },
  webp: { ext: 'webp', contentType: 'image/webp', options: z.strictObject(webpShape) },
  avif: { ext: 'avif', contentType: 'image/avif', options: z.strictObject(avifShape) },
} as const;

export type OutputFormat = keyof typeof outputFormats;
export type FormatOptions = { [Format in OutputFormat]: z.infer<(typeof outputFormats)[Format]['options']> };

/** `{"avif": {"quality": 50}, "jpeg": {}}`: at least one format with its options. */
export const FormatsSchema = z
  .strictObject({
    jpeg: z.exactOptional(outputFormats.jpeg.options),
    png: z.exactOptional(outputFormats.png.options),
    webp: z.exactOptional(outputFormats.webp.options),
    avif: z.exactOptional(outputFormats.avif.options),
  } satisfies Record<OutputFormat, z.ZodType>)
  .refine((formats) => Object.keys(formats).length > 0, {
    error: 'at least one format is needed, such as {"webp": {}}',
  })
  .meta({ minProperties: 1 });

/** A format with its options, for code that branches on it. */
export type FormatChoice<Format extends OutputFormat = OutputFormat> = {
  [Each in Format]: { readonly format: Each; readonly formatOptions: FormatOptions[Each] };
}[Format];

/** The formats of a rendition in the order of the table above, whatever order they were written in. */
export function formatChoices({ jpeg, png, webp, avif }: z.infer<typeof FormatsSchema>): FormatChoice[] {
  const choices: FormatChoice[] = [];
  if (jpeg !== undefined) choices.push({ format: 'jpeg', formatOptions: jpeg });
  if (png !== undefined) choices.push({ format: 'png', formatOptions: png });
  if (webp !== undefined) choices.push({ format: 'webp', formatOptions: webp });
  if (avif !== undefined) choices.push({ format: 'avif', formatOptions: avif });
  return choices;
}
