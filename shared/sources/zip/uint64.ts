/** A little-endian number of eight bytes; undefined when it is not a safe integer. */
export function uint64(bytes: Buffer, at: number): number | undefined {
  const value = Number(bytes.readBigUInt64LE(at));
  return Number.isSafeInteger(value) ? value : undefined;
}
