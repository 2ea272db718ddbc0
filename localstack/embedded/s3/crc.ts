/** Reflected polynomials: https://reveng.sourceforge.io/crc-catalogue/all.htm (CRC-32/ISCSI, CRC-64/NVME, CRC-32/ISO-HDLC). */
const CRC32_POLYNOMIAL = 0xedb88320n;
const CRC32C_POLYNOMIAL = 0x82f63b78n;
const CRC64NVME_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;

const SLICES = 8;

function tableEntry(index: number, polynomial: bigint): bigint {
  let crc = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  return crc;
}

/** Slicing tables (one Uint32Array of SLICES × 256 for the low and one for the high half), for eight bytes a step. */
function slicingTables(polynomial: bigint): { low: Uint32Array; high: Uint32Array } {
  const first = Array.from({ length: 256 }, (_, i) => tableEntry(i, polynomial));
  const low = new Uint32Array(SLICES * 256);
  const high = new Uint32Array(SLICES * 256);
  for (let i = 0; i < 256; i += 1) {
    let crc = first[i] ?? 0n;
    for (let slice = 0; slice < SLICES; slice += 1) {
      low[slice * 256 + i] = Number(crc & 0xffffffffn);
      high[slice * 256 + i] = Number(crc >> 32n);
      crc = (first[Number(crc & 0xffn)] ?? 0n) ^ (crc >> 8n);
    }
  }
  return { low, high };
}

/** A running cyclic redundancy check. */
export interface Crc {
  update(chunk: Uint8Array): void;
  /** Big-endian. */
  digest(): Buffer;
}

export function crc32c(): Crc {
  const table = (crc32cTable ??= slicingTables(CRC32C_POLYNOMIAL).low);
  let crc = 0xffffffff;
  return {
    update(chunk) {
      let i = 0;
      for (; i + 8 <= chunk.length; i += 8) {
        const x = crc ^ littleEndian(chunk, i);
        const y = littleEndian(chunk, i + 4);
        crc =
          entry(table, 7, x & 255) ^
          entry(table, 6, (x >>> 8) & 255) ^
          entry(table, 5, (x >>> 16) & 255) ^
          entry(table, 4, x >>> 24) ^
          entry(table, 3, y & 255) ^
          entry(table, 2, (y >>> 8) & 255) ^
          entry(table, 1, (y >>> 16) & 255) ^
          entry(table, 0, y >>> 24);
      }
      for (; i < chunk.length; i += 1) crc = entry(table, 0, (crc ^ (chunk[i] ?? 0)) & 255) ^ (crc >>> 8);
    },
    digest: () => bigEndian(crc ^ 0xffffffff),
  };
}
let crc32cTable: Uint32Array | undefined;

/** Two 32-bit halves: BigInt arithmetic would be some fifty times slower. */
export function crc64nvme(): Crc {
  const { low, high } = (crc64Tables ??= slicingTables(CRC64NVME_POLYNOMIAL));
  let crcLow = 0xffffffff;
  let crcHigh = 0xffffffff;
  return {
    update(chunk) {
      let i = 0;
      for (; i + 8 <= chunk.length; i += 8) {
        const x = crcLow ^ littleEndian(chunk, i);
        const y = crcHigh ^ littleEndian(chunk, i + 4);
        crcLow = 0;
        crcHigh = 0;
        for (let byte = 0; byte < 4; byte += 1) {
          const fromX = (7 - byte) * 256 + ((x >>> (byte * 8)) & 255);
          const fromY = (3 - byte) * 256 + ((y >>> (byte * 8)) & 255);
          crcLow ^= (low[fromX] ?? 0) ^ (low[fromY] ?? 0);
          crcHigh ^= (high[fromX] ?? 0) ^ (high[fromY] ?? 0);
        }
      }
      for (; i < chunk.length; i += 1) {
        const index = (crcLow ^ (chunk[i] ?? 0)) & 255;
        crcLow = ((crcLow >>> 8) | (crcHigh << 24)) ^ (low[index] ?? 0);
        crcHigh = (crcHigh >>> 8) ^ (high[index] ?? 0);
      }
    },
    digest: () => Buffer.concat([bigEndian(crcHigh ^ 0xffffffff), bigEndian(crcLow ^ 0xffffffff)]),
  };
}
let crc64Tables: { low: Uint32Array; high: Uint32Array } | undefined;

function entry(table: Uint32Array, slice: number, byte: number): number {
  return table[slice * 256 + byte] ?? 0;
}

function littleEndian(bytes: Uint8Array, i: number): number {
  return (
    ((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24)) >>> 0
  );
}

/** Four bytes of a 32-bit check value. */
export function bigEndian(crc: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes;
}

export const combinable = {
  CRC32: { polynomial: CRC32_POLYNOMIAL, bits: 32n },
  CRC32C: { polynomial: CRC32C_POLYNOMIAL, bits: 32n },
  CRC64NVME: { polynomial: CRC64NVME_POLYNOMIAL, bits: 64n },
} as const;

/**
 * The check value of a ‖ b from those of a and b: crc(a) · x^(8 · |b|) + crc(b) over GF(2).
 * @param lengthB bytes of b
 */
export function combineCrc(
  kind: { readonly polynomial: bigint; readonly bits: bigint },
  a: Uint8Array,
  b: Uint8Array,
  lengthB: number,
): Buffer {
  const shifted = multiply(toBigInt(a), powerOfX(8n * BigInt(lengthB), kind), kind);
  const width = Number(kind.bits) / 4;
  return Buffer.from((shifted ^ toBigInt(b)).toString(16).padStart(width, '0'), 'hex');
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

type Field = { readonly polynomial: bigint; readonly bits: bigint };

/** Reflected representation: the highest bit is the coefficient of x⁰. */
function multiply(a: bigint, b: bigint, { polynomial, bits }: Field): bigint {
  let product = 0n;
  let multiplicand = b;
  for (let bit = bits - 1n; bit >= 0n; bit -= 1n) {
    if (((a >> bit) & 1n) === 1n) product ^= multiplicand;
    multiplicand = (multiplicand & 1n) === 1n ? (multiplicand >> 1n) ^ polynomial : multiplicand >> 1n;
  }
  return product;
}

function powerOfX(exponent: bigint, field: Field): bigint {
  let result = 1n << (field.bits - 1n);
  let square = 1n << (field.bits - 2n);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = multiply(result, square, field);
    square = multiply(square, square, field);
  }
  return result;
}
