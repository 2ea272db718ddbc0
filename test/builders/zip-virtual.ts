import { crc32 } from 'node:zlib';
import { endRecords, extraPart, uint64s } from './zip-builder.ts';
import type { ServedArchive } from './zip-endpoint.ts';

/** Of each image, stored; what it holds does not matter to who reads the directory alone. */
const imageBytes = 100_000;
const nameDigits = 9;
const localBytes = 30 + 'photos/.jpg'.length + nameDigits;
const extentBytes = localBytes + imageBytes;
const ones = 0xffffffff;

function centralRecord(index: number, position: number): Buffer {
  const name = Buffer.from(`photos/${String(index).padStart(nameDigits, '0')}.jpg`);
  const extra = extraPart(1, uint64s(position * extentBytes));
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(0x02014b50, 0);
  fixed.writeUInt16LE(0x031e, 4);
  fixed.writeUInt32LE(crc32(name), 16);
  fixed.writeUInt32LE(imageBytes, 20);
  fixed.writeUInt32LE(imageBytes, 24);
  fixed.writeUInt16LE(name.length, 28);
  fixed.writeUInt16LE(extra.length, 30);
  fixed.writeUInt32LE((0o100644 << 16) >>> 0, 38);
  fixed.writeUInt32LE(ones, 42);
  return Buffer.concat([fixed, name, extra]);
}

export interface VirtualZip extends ServedArchive {
  readonly directoryBytes: number;
}

/**
 * A zip64 of stored images of 100,000 bytes each, made where it is read: only its directory and end exist.
 *
 * @param descending entries lie in the archive against the directory's order
 */
export function virtualZip(entries: number, { descending = false } = {}): VirtualZip {
  const recordBytes = centralRecord(0, 0).length;
  const directoryOffset = entries * extentBytes;
  const directoryBytes = entries * recordBytes;
  const end = endRecords({ entries, directoryBytes, directoryOffset }, { zip64: true });
  const endOffset = directoryOffset + directoryBytes;
  const read = (from: number, to: number): Buffer => {
    if (from < directoryOffset) throw new Error('data of an entry was read');
    const first = Math.floor((from - directoryOffset) / recordBytes);
    const last = Math.min(entries, Math.ceil((to - directoryOffset) / recordBytes));
    const records = Array.from({ length: Math.max(0, last - first) }, (_, index) =>
      centralRecord(first + index, descending ? entries - 1 - first - index : first + index),
    );
    const start = directoryOffset + Math.min(first, entries) * recordBytes;
    return Buffer.concat([...records, end]).subarray(from - start, to - start);
  };
  return { sizeBytes: endOffset + end.length, directoryBytes, read };
}
