import { crc32, deflateRawSync } from 'node:zlib';

/** Fields of a header that lie: they are written instead of the true ones. */
interface HeaderFields {
  readonly flags?: number;
  readonly method?: number;
  readonly crc32?: number;
  readonly storedBytes?: number;
  readonly sizeBytes?: number;
  readonly name?: string | Buffer;
  readonly extra?: Buffer;
}

export interface ZipEntrySpec {
  /** Raw bytes when it is to be something else than UTF-8. */
  readonly name: string | Buffer;
  readonly data?: Buffer | string;
  /** `deflate` when absent. */
  readonly method?: 'store' | 'deflate';
  /** Whether the name is flagged as UTF-8: by default when it is not ASCII. */
  readonly utf8?: boolean;
  /** Sizes and CRC follow the data, the local header has zeros (as macOS writes it). */
  readonly dataDescriptor?: boolean;
  /** All numbers are in zip64 extra fields. */
  readonly zip64?: boolean;
  /** Of both headers; a lying `extra` of one of them replaces it. */
  readonly extra?: Buffer;
  /** Host system in the upper byte, 3 (Unix) by default. */
  readonly madeBy?: number;
  readonly externalAttributes?: number;
  /** Written instead of what `data` compresses to. */
  readonly stored?: Buffer;
  readonly local?: HeaderFields;
  readonly central?: HeaderFields & { readonly offset?: number; readonly disk?: number };
}

export interface ZipOptions {
  readonly comment?: Buffer | string;
  /** Bytes in front of the zip; offsets count them unless `offsetsFromZip`. */
  readonly prefix?: Buffer;
  readonly offsetsFromZip?: boolean;
  /** With a zip64 end record and its locator. */
  readonly zip64?: boolean;
  /** Order of the central directory, by index; that of the entries when absent. */
  readonly order?: readonly number[];
  /** Between the central directory and its end records. */
  readonly gap?: Buffer;
  /** Numbers of the end records that lie. */
  readonly end?: {
    readonly entries?: number;
    readonly directoryBytes?: number;
    readonly directoryOffset?: number;
    readonly disk?: number;
    readonly zip64Entries?: number;
    readonly locatorOffset?: number;
  };
}

const ones = 0xffffffff;
const methods = { store: 0, deflate: 8 } as const;
const flag = { descriptor: 0x0008, utf8: 0x0800 } as const;

/** One part of an extra field. */
export function extraPart(id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(data.length, 2);
  return Buffer.concat([head, data]);
}

/** Numbers of eight bytes each. */
export function uint64s(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeBigUInt64LE(BigInt(number), 8 * index);
  return bytes;
}

/** Info-ZIP's unicode path. */
export function unicodePathExtra(rawName: Buffer, name: string, crc = crc32(rawName)): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(1, 0);
  head.writeUInt32LE(crc, 1);
  return extraPart(0x7075, Buffer.concat([head, Buffer.from(name)]));
}

interface Packed {
  readonly spec: ZipEntrySpec;
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly sizeBytes: number;
  readonly stored: Buffer;
}

function pack(spec: ZipEntrySpec): Packed {
  const data = Buffer.from(spec.data ?? '');
  const rawName = Buffer.from(spec.name);
  const method = spec.method ?? 'deflate';
  const utf8 = spec.utf8 ?? (typeof spec.name === 'string' && rawName.length !== spec.name.length);
  return {
    spec,
    rawName,
    flags: (utf8 ? flag.utf8 : 0) | (spec.dataDescriptor === true ? flag.descriptor : 0),
    method: methods[method],
    crc32: crc32(data),
    sizeBytes: data.length,
    stored: spec.stored ?? (method === 'deflate' ? deflateRawSync(data) : data),
  };
}

function localRecord({ spec, ...packed }: Packed): Buffer {
  const { zip64 = false, dataDescriptor = false, local = {} } = spec;
  const known = dataDescriptor
    ? { crc32: 0, storedBytes: 0, sizeBytes: 0 }
    : { ...packed, storedBytes: packed.stored.length };
  const numbers = { ...known, ...(zip64 ? { storedBytes: ones, sizeBytes: ones } : {}) };
  const real = zip64 ? extraPart(1, uint64s(known.sizeBytes, known.storedBytes)) : Buffer.alloc(0);
  const header = { ...packed, ...numbers, ...local };
  const name = Buffer.from(local.name ?? packed.rawName);
  const extra = local.extra ?? Buffer.concat([real, spec.extra ?? Buffer.alloc(0)]);
  const fixed = Buffer.alloc(30);
  fixed.writeUInt32LE(0x04034b50, 0);
  fixed.writeUInt16LE(zip64 ? 45 : 20, 4);
  fixed.writeUInt16LE(header.flags, 6);
  fixed.writeUInt16LE(header.method, 8);
  fixed.writeUInt32LE(header.crc32, 14);
  fixed.writeUInt32LE(header.storedBytes, 18);
  fixed.writeUInt32LE(header.sizeBytes, 22);
  fixed.writeUInt16LE(name.length, 26);
  fixed.writeUInt16LE(extra.length, 28);
  return Buffer.concat([fixed, name, extra]);
}

function descriptor({ spec, crc32: crc, stored, sizeBytes }: Packed): Buffer {
  if (spec.dataDescriptor !== true) return Buffer.alloc(0);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x08074b50, 0);
  head.writeUInt32LE(crc, 4);
  if (spec.zip64 === true) return Buffer.concat([head, uint64s(stored.length, sizeBytes)]);
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32LE(stored.length, 0);
  sizes.writeUInt32LE(sizeBytes, 4);
  return Buffer.concat([head, sizes]);
}

function centralRecord({ spec, ...packed }: Packed, offset: number): Buffer {
  const { zip64 = false, central = {}, madeBy = 0x031e, externalAttributes = (0o100644 << 16) >>> 0 } = spec;
  const real = zip64 ? extraPart(1, uint64s(packed.sizeBytes, packed.stored.length, offset)) : Buffer.alloc(0);
  const numbers = zip64
    ? { storedBytes: ones, sizeBytes: ones, offset: ones }
    : { storedBytes: packed.stored.length, offset };
  const header = { disk: 0, ...packed, ...numbers, ...central };
  const name = Buffer.from(central.name ?? packed.rawName);
  const extra = central.extra ?? Buffer.concat([real, spec.extra ?? Buffer.alloc(0)]);
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(0x02014b50, 0);
  fixed.writeUInt16LE(madeBy, 4);
  fixed.writeUInt16LE(zip64 ? 45 : 20, 6);
  fixed.writeUInt16LE(header.flags, 8);
  fixed.writeUInt16LE(header.method, 10);
  fixed.writeUInt32LE(header.crc32, 16);
  fixed.writeUInt32LE(header.storedBytes, 20);
  fixed.writeUInt32LE(header.sizeBytes, 24);
  fixed.writeUInt16LE(name.length, 28);
  fixed.writeUInt16LE(extra.length, 30);
  fixed.writeUInt16LE(header.disk, 34);
  fixed.writeUInt32LE(externalAttributes, 38);
  fixed.writeUInt32LE(header.offset, 42);
  return Buffer.concat([fixed, name, extra]);
}

export interface EndNumbers {
  readonly entries: number;
  readonly directoryBytes: number;
  readonly directoryOffset: number;
}

/** Zip64 record and locator, if asked for, and end record. */
export function endRecords(
  { entries, directoryBytes, directoryOffset }: EndNumbers,
  { zip64 = false, end = {}, comment = '' }: Pick<ZipOptions, 'zip64' | 'end' | 'comment'>,
  offset = directoryOffset + directoryBytes,
): Buffer {
  const commentBytes = Buffer.from(comment);
  const fixed = Buffer.alloc(22);
  fixed.writeUInt32LE(0x06054b50, 0);
  fixed.writeUInt16LE(end.disk ?? 0, 4);
  const count = end.entries ?? (zip64 ? 0xffff : entries % 65_536);
  fixed.writeUInt16LE(count, 8);
  fixed.writeUInt16LE(count, 10);
  fixed.writeUInt32LE(end.directoryBytes ?? (zip64 ? ones : directoryBytes), 12);
  fixed.writeUInt32LE(end.directoryOffset ?? (zip64 ? ones : directoryOffset), 16);
  fixed.writeUInt16LE(commentBytes.length, 20);
  const short = Buffer.concat([fixed, commentBytes]);
  if (!zip64) return short;
  const record = Buffer.alloc(32);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  const longCount = end.zip64Entries ?? entries;
  const long = Buffer.concat([record.subarray(0, 24), uint64s(longCount, longCount, directoryBytes, directoryOffset)]);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(end.locatorOffset ?? offset), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([long, locator, short]);
}

/** A zip of these entries, with whatever is to be wrong with it. */
export function buildZip(entries: readonly ZipEntrySpec[], options: ZipOptions = {}): Buffer {
  const { prefix = Buffer.alloc(0), offsetsFromZip = false, gap = Buffer.alloc(0) } = options;
  const parts = [prefix];
  const directory: Buffer[] = [];
  let at = offsetsFromZip ? 0 : prefix.length;
  for (const packed of entries.map(pack)) {
    directory.push(centralRecord(packed, packed.spec.central?.offset ?? at));
    const body = [localRecord(packed), packed.stored, descriptor(packed)];
    parts.push(...body);
    at += body.reduce((bytes, part) => bytes + part.length, 0);
  }
  const ordered = options.order?.map((index) => directory[index] ?? Buffer.alloc(0)) ?? directory;
  const central = Buffer.concat(ordered);
  const numbers = { entries: entries.length, directoryBytes: central.length, directoryOffset: at };
  return Buffer.concat([...parts, central, gap, endRecords(numbers, options, at + central.length + gap.length)]);
}
