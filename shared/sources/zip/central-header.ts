import { resolveZip64, type Zip64Numbers } from './extra-field.ts';

// APPNOTE 4.3.12

/** `offset` is that of the local header, from the archive's start; `sizeBytes` are unpacked. */
export type CentralNumbers = Zip64Numbers;

/** An entry as the central directory describes it. */
export interface CentralHeader {
  /** Of the system whose attributes these are: 0 FAT, 3 Unix, 19 macOS. */
  readonly host: number;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly externalAttributes: number;
  readonly rawName: Buffer;
  readonly extra: Buffer;
  /** Undefined when the zip64 extra data that they need is missing or damaged. */
  readonly numbers: CentralNumbers | undefined;
  /** Of this header with name, extra field and comment. */
  readonly headerBytes: number;
}

const signature = 0x02014b50;
/** Without name, extra field and comment. */
export const minHeaderBytes = 46;

/** Length of the header at `at`; undefined when the buffer ends within it, NaN when there is none. */
export function centralHeaderBytes(bytes: Buffer, at: number): number | undefined {
  if (at + 4 > bytes.length) return undefined;
  if (bytes.readUInt32LE(at) !== signature) return NaN;
  if (at + minHeaderBytes > bytes.length) return undefined;
  const length =
    minHeaderBytes + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  return at + length > bytes.length ? undefined : length;
}

/** The header at the buffer's start, all of which has to be there. */
function parseCentralHeader(bytes: Buffer): CentralHeader {
  const nameEnd = minHeaderBytes + bytes.readUInt16LE(28);
  const extraEnd = nameEnd + bytes.readUInt16LE(30);
  const extra = bytes.subarray(nameEnd, extraEnd);
  const short = {
    storedBytes: bytes.readUInt32LE(20),
    sizeBytes: bytes.readUInt32LE(24),
    disk: bytes.readUInt16LE(34),
    offset: bytes.readUInt32LE(42),
  };
  return {
    host: bytes.readUInt8(5),
    flags: bytes.readUInt16LE(8),
    method: bytes.readUInt16LE(10),
    crc32: bytes.readUInt32LE(16),
    externalAttributes: bytes.readUInt32LE(38),
    rawName: bytes.subarray(minHeaderBytes, nameEnd),
    extra,
    numbers: resolveZip64(short, extra),
    headerBytes: extraEnd + bytes.readUInt16LE(32),
  };
}

/** The headers of a block of the central directory that ends where a header ends. */
export function* centralHeaders(block: Buffer): Generator<CentralHeader> {
  for (let at = 0; at < block.length;) {
    const header = parseCentralHeader(block.subarray(at));
    yield header;
    at += header.headerBytes;
  }
}
