import { endRecords, extraPart, uint64s } from './zip-builder.ts';
import type { ServedArchive } from './zip-endpoint.ts';

/** Of each image, stored; what it holds does not matter to who reads the directory alone. */
const imageBytes = 100_000;
const nameDigits = 9;
const localBytes = 30 + 'photos/.jpg'.length + nameDigits;
const extentBytes = localBytes + imageBytes;
const ones = 0xffffffff;
const localSignature = Buffer.from('PK\u0003\u0004', 'latin1');
const maxFrontBytes = 512;

/** The header of the first entry. */
function firstRecord(): Buffer {
  const name = Buffer.from(`photos/${'0'.repeat(nameDigits)}.jpg`);
  const extra = extraPart(1, uint64s(0));
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(0x02014b50, 0);
  fixed.writeUInt16LE(0x031e, 4);
  fixed.writeUInt32LE(imageBytes, 20);
  fixed.writeUInt32LE(imageBytes, 24);
  fixed.writeUInt16LE(name.length, 28);
  fixed.writeUInt16LE(extra.length, 30);
  fixed.writeUInt32LE((0o100644 << 16) >>> 0, 38);
  fixed.writeUInt32LE(ones, 42);
  return Buffer.concat([fixed, name, extra]);
}

const first = firstRecord();
const nameAt = 46 + 'photos/'.length;

/** Makes a copy of the first entry's header that of another one. */
function renumber(record: Buffer, index: number, position: number): void {
  let rest = index;
  for (let digit = nameAt + nameDigits - 1; rest > 0; digit--) {
    record[digit] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  const offset = position * extentBytes;
  record.writeUInt32LE(offset % 2 ** 32, record.length - 8);
  record.writeUInt32LE(Math.floor(offset / 2 ** 32), record.length - 4);
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
  const recordBytes = first.length;
  const directoryOffset = entries * extentBytes;
  const directoryBytes = entries * recordBytes;
  const end = endRecords({ entries, directoryBytes, directoryOffset }, { zip64: true });
  const endOffset = directoryOffset + directoryBytes;
  const read = (from: number, to: number): Buffer => {
    // Who sniffs the format may see that a local header is there.
    if (from === 0 && to <= maxFrontBytes)
      return Buffer.concat([localSignature, Buffer.alloc(to - localSignature.length)]);
    if (from < directoryOffset) throw new Error('data of an entry was read');
    const start = Math.min(entries, Math.floor((from - directoryOffset) / recordBytes));
    const stop = Math.min(entries, Math.ceil((to - directoryOffset) / recordBytes));
    const records = Buffer.alloc((stop - start) * recordBytes, first);
    for (let index = start; index < stop; index++) {
      const at = (index - start) * recordBytes;
      renumber(records.subarray(at, at + recordBytes), index, descending ? entries - 1 - index : index);
    }
    const offset = directoryOffset + start * recordBytes;
    return Buffer.concat([records, end]).subarray(from - offset, to - offset);
  };
  return { sizeBytes: endOffset + end.length, directoryBytes, read };
}
