import { FanlightError } from '../../core/errors.ts';

/** Tars consist of blocks: a header is one, data fill whole ones. */
export const tarBlockBytes = 512;

/** What a header block says by itself; extension headers before it may say otherwise. */
export interface TarHeader {
  readonly name: string;
  /** The type flag as a character, `\0` for the oldest tars. */
  readonly type: string;
  readonly sizeBytes: number;
  /** Of GNU's old sparse format: a block with more of the map follows. */
  readonly isMapContinued: boolean;
}

// Byte ranges of https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar Interchange Format).
const nameField = [0, 100] as const;
const sizeField = [124, 136] as const;
const checksumField = [148, 156] as const;
const typeFlagAt = 156;
const magicField = [257, 263] as const;
/** In star's headers it is shorter and ends in a NUL, so that this reads them too. */
const prefixField = [345, 500] as const;
/** `isextended` in GNU's tar.h. */
const mapContinuedAt = 482;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names are UTF-8 wherever they can be, and Latin-1, which any bytes are, elsewhere. */
export function tarText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** The text before the first NUL. */
export function tarTextToNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return tarText(end === -1 ? bytes : bytes.subarray(0, end));
}

/**
 * A numeric field: octal digits between spaces and NULs, or base-256, marked by the highest bit.
 *
 * @returns undefined for anything else, negative numbers and what exceeds 2^53 − 1
 */
function numberIn(field: Uint8Array): number | undefined {
  const [first = 0, ...rest] = field;
  if ((first & 0x80) === 0) {
    const digits = /^[\0 ]*([0-7]*)(?:[\0 ]|$)/.exec(Buffer.from(field).toString('latin1'))?.[1];
    return digits === undefined ? undefined : Number.parseInt(digits || '0', 8);
  }
  const value = rest.reduce((sum, byte) => sum * 256 + byte, first & 0x7f);
  return Number.isSafeInteger(value) ? value : undefined;
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** The one thing that all tars have in common: the sum of a header's bytes. Old writers added them as signed characters. */
export function hasTarChecksum(block: Uint8Array): boolean {
  if (block.length < tarBlockBytes) return false;
  const stored = numberIn(block.subarray(...checksumField));
  let unsigned = 0;
  let above127 = 0;
  for (let at = 0; at < tarBlockBytes; at++) {
    const isChecksum = at >= checksumField[0] && at < checksumField[1];
    const byte = isChecksum ? 0x20 : (block[at] ?? 0);
    unsigned += byte;
    if (byte > 127) above127 += 1;
  }
  return stored === unsigned || stored === unsigned - 256 * above127;
}

/**
 * Parses a header whose checksum is right.
 *
 * @throws FanlightError ARCHIVE_CORRUPT when its size is no number: where the next header lies is unknown then
 */
export function parseTarHeader(block: Uint8Array): TarHeader {
  const name = tarTextToNul(block.subarray(...nameField));
  const sizeBytes = numberIn(block.subarray(...sizeField));
  if (sizeBytes === undefined)
    throw new FanlightError('ARCHIVE_CORRUPT', `the size of '${name}' in the tar is no number`);
  // GNU's magic ends in spaces, and its headers have times where others have the prefix.
  const isUstar = Buffer.from(block.subarray(...magicField)).toString('latin1') === 'ustar\0';
  const prefix = isUstar ? block.subarray(...prefixField) : new Uint8Array();
  return {
    name: prefix.length === 0 || prefix[0] === 0 ? name : `${tarTextToNul(prefix)}/${name}`,
    type: String.fromCharCode(block[typeFlagAt] ?? 0),
    sizeBytes,
    isMapContinued: block[mapContinuedAt] === 1,
  };
}
