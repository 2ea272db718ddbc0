import { createHash } from 'node:crypto';

const BYTES = 6;

/** A number from 0 (inclusive) to 1 (exclusive) that follows from the seed and the words alone. */
export function chance(seed: number, ...words: readonly (string | number)[]): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...words]))
    .digest();
  return digest.readUIntBE(0, BYTES) / 2 ** (8 * BYTES);
}

/** Ids that differ from run to run (UUIDs, hashes, job ids) are left out, so that the same thing has the same name. */
export function stableName(name: string): string {
  return name.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}/giu, '*');
}
