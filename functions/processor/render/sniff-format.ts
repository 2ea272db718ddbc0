import { FanlightError } from '../../../shared/core/errors.ts';

/** Formats whose loaders are unblocked; everything else is refused before libvips sees a byte of it. */
export const inputFormats = ['jpeg', 'png', 'gif', 'webp', 'tiff', 'avif'] as const;
export type InputFormat = (typeof inputFormats)[number];

/** Bytes from the start of a file that sniffing looks at: an AVIF's brands, the first tag of an SVG. */
export const sniffedBytes = 1_024;

/** Latin-1 text at the start of a file. */
const signatures: readonly (readonly [string, InputFormat])[] = [
  ['\xff\xd8\xff', 'jpeg'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['II+\0', 'tiff'],
  ['MM\0+', 'tiff'],
];

const hints: readonly (readonly [string, string])[] = [
  ['%PDF-', 'PDF is not read; convert its pages to images first'],
  ['\0\0\0\x0cJXL ', 'JPEG XL is not read'],
  ['\xff\x0a', 'JPEG XL is not read'],
  ['\0\0\0\x0cjP  ', 'JPEG 2000 is not read'],
  ['\xff\x4f\xff\x51', 'JPEG 2000 is not read'],
  ['8BPS', 'Photoshop documents are not read; export to PNG or TIFF first'],
  ['BM', 'BMP is not read; convert it to PNG first'],
  ['\0\0\x01\0', 'icons are not read'],
  ['v/1\x01', 'OpenEXR is not read'],
  ['PK\x03\x04', 'it is an archive, not an image'],
  ['\x1f\x8b', 'it is compressed with gzip'],
];

function sniffIsoMedia(header: string): InputFormat {
  const end = Math.min(header.length, Math.max(16, header.charCodeAt(2) * 256 + header.charCodeAt(3)));
  const brands = new Set((header.slice(8, 12) + header.slice(16, end)).match(/[^]{4}/g));
  if (brands.has('avif') || brands.has('avis')) return 'avif';
  const heic = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1'].some((brand) => brands.has(brand));
  throw new FanlightError(
    'UNSUPPORTED_FORMAT',
    heic
      ? 'HEIC (HEVC) is not read; convert it to JPEG or AVIF first'
      : 'it is a video or another ISO media file, not an image',
  );
}

function hintFor(header: string): string {
  const hint = hints.find(([signature]) => header.startsWith(signature))?.[1];
  if (hint !== undefined) return hint;
  const text = /^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(header);
  if (text && /<svg[\s>]/i.test(header)) return 'SVG is not read; convert it to PNG first';
  return text ? 'the file is text, not an image' : 'the bytes are no image format that is read';
}

/**
 * The format that the first bytes say; names and content types decide nothing.
 * @throws FanlightError EMPTY_SOURCE or UNSUPPORTED_FORMAT with a hint.
 */
export function sniffFormat(firstBytes: Uint8Array): InputFormat {
  if (firstBytes.length === 0) throw new FanlightError('EMPTY_SOURCE', 'the file is empty');
  const header = Buffer.from(firstBytes.subarray(0, sniffedBytes)).toString('latin1');
  const signed = signatures.find(([signature]) => header.startsWith(signature))?.[1];
  if (signed !== undefined) return signed;
  if (header.startsWith('RIFF') && header.slice(8, 12) === 'WEBP') return 'webp';
  if (header.slice(4, 8) === 'ftyp') return sniffIsoMedia(header);
  throw new FanlightError('UNSUPPORTED_FORMAT', `${hintFor(header)} (read are ${inputFormats.join(', ')})`);
}
