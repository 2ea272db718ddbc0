import { hasTarChecksum, tarBlockBytes } from './tar/header.ts';

export type ArchiveFormat = 'zip' | 'tar' | 'gzip' | 'zstd' | 'bzip2' | 'xz' | '7z' | 'rar';

/** Bytes of a file's start that tell its archive format: the header of a tar is the longest. */
export const frontBytes = tarBlockBytes;

/** As hexadecimal digits of the front. */
const archiveSignatures: readonly { readonly format: ArchiveFormat; readonly hex: RegExp }[] = [
  // A file's local header, behind the mark of a split zip if it came to one part only (APPNOTE 8.5.4, 8.5.5: Info-ZIP's `zip -s`); or
  // the end of an empty zip, or zip64.
  { format: 'zip', hex: /^504b(?:0304|0708504b0304|3030504b0304|0506|0606)/ },
  // Method 8 is the only one; the three highest flags are reserved (RFC 1952).
  { format: 'gzip', hex: /^1f8b08[01]/ },
  // A frame, or a skippable one, as parallel compressors put first (RFC 8878).
  { format: 'zstd', hex: /^(?:28b52ffd|5[0-9a-f]2a4d18)/ },
  // `BZh`, the level, and the start of a block or the end of an empty file.
  { format: 'bzip2', hex: /^425a683[1-9](?:314159265359|177245385090)/ },
  { format: 'xz', hex: /^fd377a585a00/ },
  { format: '7z', hex: /^377abcaf271c/ },
  { format: 'rar', hex: /^526172211a07/ },
];

/**
 * JPEG, PNG, GIF, TIFF (BigTIFF too), WebP, JPEG XL and JPEG 2000 as codestream or in boxes, and what ISO boxes hold (AVIF, HEIC).
 * Whoever may only put images must not be able to start a job with a file that is an image and a tar at once.
 */
const imageSignature =
  /^(?:ffd8ff|89504e470d0a1a0a|474946383[79]61|49492a00|4d4d002a|49492b00|4d4d002b|52494646.{8}57454250|ff0a|ff4fff51|0000000c(?:4a584c20|6a502020)|.{8}66747970)/;

const hexOf = (front: Uint8Array): string => Buffer.from(front.subarray(0, 16)).toString('hex');

/** Whether a file begins like an image of a usual format. */
export function isImage(front: Uint8Array): boolean {
  return imageSignature.test(hexOf(front));
}

/**
 * The archive format that a file's first bytes tell; undefined for images and for anything else. A tar is told by its header's
 * checksum, because the oldest have no signature. Zeros alone are no empty tar here, but what is left of a file that got lost.
 *
 * @param front the first `frontBytes` of the file, or all of a shorter one
 */
export function archiveFormatOf(front: Uint8Array): ArchiveFormat | undefined {
  if (isImage(front)) return undefined;
  const hex = hexOf(front);
  const known = archiveSignatures.find((signature) => signature.hex.test(hex));
  if (known !== undefined) return known.format;
  return hasTarChecksum(front.subarray(0, tarBlockBytes)) ? 'tar' : undefined;
}
