import { resolveZip64, type Zip64Numbers } from './extra-field.ts';

// APPNOTE 4.3.12

/** `offset` is that of the local header, from the archive's start; `sizeBytes` are unpacked. */
export type CentralNumbers = Zip64Numbers;

const signature = 0x02014b50;
/** Without name, extra field and comment. */
export const minHeaderBytes = 46;
export const maxHeaderBytes = minHeaderBytes + 3 * 0xffff;

/** An entry as the central directory describes it. Looks into the block it is part of: name and extra field are gone with that. */
export class CentralHeader {
  /** Of the system whose attributes these are: 0 FAT, 3 Unix, 19 macOS. */
  readonly host: number;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly externalAttributes: number;
  readonly nameBytes: number;
  /** Undefined when the zip64 extra data that they need is missing or damaged. */
  readonly numbers: CentralNumbers | undefined;
  /** Of this header with name, extra field and comment. */
  readonly headerBytes: number;
  readonly #block: Buffer;
  readonly #nameAt: number;
  readonly #extraEnd: number;

  /** @param at where a header begins, all of which is in the block */
  constructor(block: Buffer, at: number) {
    this.#block = block;
    this.host = block.readUInt8(at + 5);
    this.flags = block.readUInt16LE(at + 8);
    this.method = block.readUInt16LE(at + 10);
    this.crc32 = block.readUInt32LE(at + 16);
    this.externalAttributes = block.readUInt32LE(at + 38);
    this.nameBytes = block.readUInt16LE(at + 28);
    this.#nameAt = at + minHeaderBytes;
    this.#extraEnd = this.#nameAt + this.nameBytes + block.readUInt16LE(at + 30);
    this.headerBytes = this.#extraEnd + block.readUInt16LE(at + 32) - at;
    const short = {
      storedBytes: block.readUInt32LE(at + 20),
      sizeBytes: block.readUInt32LE(at + 24),
      disk: block.readUInt16LE(at + 34),
      offset: block.readUInt32LE(at + 42),
    };
    this.numbers = resolveZip64(short, () => this.extra);
  }

  get rawName(): Buffer {
    return this.#block.subarray(this.#nameAt, this.#nameAt + this.nameBytes);
  }

  get extra(): Buffer {
    return this.#block.subarray(this.#nameAt + this.nameBytes, this.#extraEnd);
  }
}

/** Length of the header at `at`; undefined when the buffer ends within it, NaN when there is none. */
export function centralHeaderBytes(bytes: Buffer, at: number): number | undefined {
  if (at + 4 > bytes.length) return undefined;
  if (bytes.readUInt32LE(at) !== signature) return NaN;
  if (at + minHeaderBytes > bytes.length) return undefined;
  const length =
    minHeaderBytes + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  return at + length > bytes.length ? undefined : length;
}

/** The headers of a block of the central directory that ends where a header ends. */
export function* centralHeaders(block: Buffer): Generator<CentralHeader> {
  for (let at = 0; at < block.length;) {
    const header = new CentralHeader(block, at);
    yield header;
    at += header.headerBytes;
  }
}
