import { createHash } from 'node:crypto';

/** JSON with sorted object keys, so that equal documents have equal bytes. Undefined members are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** First 96 bits of SHA-256 over the parts, in hex: 24 characters. At 10⁹ ids a collision has odds of about 10⁻¹¹. */
export function shortHash(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  // A length before each part keeps ('ab', 'c') and ('a', 'bc') apart.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 24);
}
