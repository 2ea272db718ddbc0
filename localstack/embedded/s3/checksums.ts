import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { bigEndian, combinable, combineCrc, crc32c, crc64nvme } from './crc.ts';
import { invalidRequest } from './errors.ts';

export const ChecksumAlgorithmSchema = z.enum(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']);
export type ChecksumAlgorithm = z.infer<typeof ChecksumAlgorithmSchema>;
export const ChecksumTypeSchema = z.enum(['COMPOSITE', 'FULL_OBJECT']);
export type ChecksumType = z.infer<typeof ChecksumTypeSchema>;

export const ChecksumSchema = z.object({
  algorithm: ChecksumAlgorithmSchema,
  /** Base64; of a composite checksum followed by `-<parts>`. */
  value: z.string(),
  type: ChecksumTypeSchema,
});
export type Checksum = z.infer<typeof ChecksumSchema>;

export type DeclaredChecksum = Omit<Checksum, 'type'>;

interface RunningHash {
  update(chunk: Uint8Array): unknown;
  digest(): Uint8Array;
}

const hashes: Readonly<Record<ChecksumAlgorithm, { bytes: number; start: () => RunningHash }>> = {
  CRC32: { bytes: 4, start: zlibCrc32 },
  CRC32C: { bytes: 4, start: crc32c },
  CRC64NVME: { bytes: 8, start: crc64nvme },
  SHA1: { bytes: 20, start: () => createHash('sha1') },
  SHA256: { bytes: 32, start: () => createHash('sha256') },
};

function zlibCrc32(): RunningHash {
  let value = 0;
  return {
    update(chunk) {
      value = crc32(chunk, value);
    },
    digest: () => bigEndian(value),
  };
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningHash {
  return hashes[algorithm].start();
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function checksumResponseHeaders(checksum: Checksum | undefined, { withType = true } = {}): OutgoingHttpHeaders {
  if (checksum === undefined) return {};
  const header = { [checksumHeader(checksum.algorithm)]: checksum.value };
  return withType ? { ...header, 'x-amz-checksum-type': checksum.type } : header;
}

/** The element of XML documents, `ChecksumCRC32`. */
export function checksumElement(algorithm: ChecksumAlgorithm): `Checksum${ChecksumAlgorithm}` {
  return `Checksum${algorithm}`;
}

export function algorithmOfHeader(name: string): ChecksumAlgorithm | undefined {
  return ChecksumAlgorithmSchema.options.find((algorithm) => checksumHeader(algorithm) === name);
}

/** The `x-amz-checksum-…` header of a request; more than one is refused, as is a value of the wrong length. */
export function declaredChecksum(headers: IncomingHttpHeaders): DeclaredChecksum | undefined {
  const given = ChecksumAlgorithmSchema.options.flatMap((algorithm) => {
    const value = headers[checksumHeader(algorithm)];
    return typeof value === 'string' ? [{ algorithm, value }] : [];
  });
  if (given.length > 1)
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const [checksum] = given;
  return checksum;
}

export function requireWellFormed(algorithm: ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== hashes[algorithm].bytes || bytes.toString('base64') !== value)
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
}

interface PartChecksum {
  readonly size: number;
  /** Base64. */
  readonly value: string;
}

/** Checksum of the checksums of the parts; the value ends in `-<parts>`. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly PartChecksum[]): string {
  const hash = startChecksum(algorithm);
  for (const part of parts) hash.update(Buffer.from(part.value, 'base64'));
  return `${Buffer.from(hash.digest()).toString('base64')}-${parts.length}`;
}

/** Checksum of the whole object, computed from those of its parts; only linear checks can do that. */
export function fullObjectChecksum(algorithm: ChecksumAlgorithm, parts: readonly PartChecksum[]): string {
  if (algorithm === 'SHA1' || algorithm === 'SHA256')
    throw invalidRequest(`The FULL_OBJECT checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  const empty: Uint8Array = startChecksum(algorithm).digest();
  const whole = parts.reduce(
    (sum, part) => combineCrc(combinable[algorithm], sum, Buffer.from(part.value, 'base64'), part.size),
    empty,
  );
  return Buffer.from(whole).toString('base64');
}
