import { crc32 } from 'node:zlib';
import { corrupt } from './corrupt.ts';
import { resolveZip64 } from './extra-field.ts';
import { deflateMethod, encryptedFlag, localFixedBytes, storeMethod } from './judge-entry.ts';
import type { ZipEntry } from './zip-entry.ts';

// APPNOTE 4.3.7

const signature = 0x04034b50;
/** Sizes and CRC follow the data. */
const descriptorFlag = 0x0008;

export interface LocalHeader {
  /** Of the header with name and extra field: the data begins behind so many bytes. At least, while it is not complete. */
  readonly bytes: number;
  /** False when the buffer ends within the header: it is to be parsed again with `bytes` bytes. */
  readonly complete: boolean;
}

/**
 * Compares an entry's local header with what the central directory said of it: readers that believe the one must not see another
 * entry than those that believe the other.
 *
 * @param bytes from the header's start on, as many as there are
 * @param sizeBytes of the member, unpacked
 * @throws FanlightError ARCHIVE_CORRUPT when they contradict each other
 */
export function parseLocalHeader(bytes: Buffer, entry: ZipEntry, sizeBytes: number): LocalHeader {
  if (bytes.length < localFixedBytes) return { bytes: localFixedBytes, complete: false };
  if (bytes.readUInt32LE(0) !== signature)
    throw corrupt(`there is no local header at ${entry.offset}, where the central directory says`);
  const nameEnd = localFixedBytes + bytes.readUInt16LE(26);
  const headerBytes = nameEnd + bytes.readUInt16LE(28);
  if (bytes.length < headerBytes) return { bytes: headerBytes, complete: false };
  const contradiction =
    contradictionOfKind(bytes, nameEnd, entry) ?? contradictionOfNumbers(bytes, nameEnd, entry, sizeBytes);
  if (contradiction !== undefined)
    throw corrupt(`local header and central directory contradict each other about the entry's ${contradiction}`);
  return { bytes: headerBytes, complete: true };
}

function contradictionOfKind(bytes: Buffer, nameEnd: number, entry: ZipEntry): string | undefined {
  if (crc32(bytes.subarray(localFixedBytes, nameEnd)) !== entry.nameCrc32) return 'name';
  if ((bytes.readUInt16LE(6) & encryptedFlag) !== 0) return 'encryption';
  const method = entry.method === 'deflate' ? deflateMethod : storeMethod;
  return bytes.readUInt16LE(8) === method ? undefined : 'compression method';
}

function contradictionOfNumbers(
  bytes: Buffer,
  nameEnd: number,
  entry: ZipEntry,
  sizeBytes: number,
): string | undefined {
  if ((bytes.readUInt16LE(6) & descriptorFlag) !== 0) return undefined;
  if (bytes.readUInt32LE(14) !== entry.crc32) return 'CRC-32';
  const short = { storedBytes: bytes.readUInt32LE(18), sizeBytes: bytes.readUInt32LE(22), offset: 0, disk: 0 };
  const real = resolveZip64(short, () => bytes.subarray(nameEnd, nameEnd + bytes.readUInt16LE(28)));
  return real?.storedBytes === entry.storedBytes && real.sizeBytes === sizeBytes ? undefined : 'size';
}
