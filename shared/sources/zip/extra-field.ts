import { uint64 } from './uint64.ts';

/** Kinds of extra data, APPNOTE 4.5 and 4.6. */
export const extraId = {
  zip64: 0x0001,
  extendedTimestamp: 0x5455,
  infoZipUnix: 0x5855,
  infoZipUnix2: 0x7855,
  unicodePath: 0x7075,
} as const;

export interface ExtraData {
  readonly id: number;
  readonly data: Buffer;
}

/**
 * The parts of an extra field. Ends at the first one that is cut off: writers pad with a few bytes, and whoever needs what is not
 * there says so.
 */
export function* extraData(extra: Buffer): Generator<ExtraData> {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) return;
    yield { id: extra.readUInt16LE(at), data: extra.subarray(at + 4, end) };
    at = end;
  }
}

/** Numbers of a header: all ones where they do not fit and the zip64 extra data has the real one. */
export interface Zip64Numbers {
  readonly sizeBytes: number;
  readonly storedBytes: number;
  /** A local header has neither offset nor disk: zero. */
  readonly offset: number;
  readonly disk: number;
}

/** With the real numbers put in, APPNOTE 4.5.3; undefined when they are missing or above 2⁵³. */
export function resolveZip64(short: Zip64Numbers, extra: () => Buffer): Zip64Numbers | undefined {
  const { sizeBytes, storedBytes, offset, disk } = short;
  const ones = 0xffffffff;
  if (sizeBytes !== ones && storedBytes !== ones && offset !== ones && disk !== 0xffff) return short;
  let data: Buffer | undefined;
  for (const part of extraData(extra())) if (part.id === extraId.zip64) data ??= part.data;
  let at = 0;
  const next = (): number | undefined => {
    at += 8;
    return data !== undefined && at <= data.length ? uint64(data, at - 8) : undefined;
  };
  const real = {
    sizeBytes: sizeBytes === ones ? next() : sizeBytes,
    storedBytes: storedBytes === ones ? next() : storedBytes,
    offset: offset === ones ? next() : offset,
  };
  if (real.sizeBytes === undefined || real.storedBytes === undefined || real.offset === undefined) return undefined;
  const ofDisk = disk === 0xffff && data !== undefined && at + 4 <= data.length ? data.readUInt32LE(at) : disk;
  return { sizeBytes: real.sizeBytes, storedBytes: real.storedBytes, offset: real.offset, disk: ofDisk };
}
