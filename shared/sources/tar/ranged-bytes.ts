import { GetObjectCommand } from '@aws-sdk/client-s3';
import { sourceReadError } from '../../aws/aws-error.ts';
import type { ArchiveObject } from '../member.ts';
import type { TarBytes } from './tar-bytes.ts';

/**
 * Bytes of one GET. A request takes about 30 ms until its first byte, and 90 MB a second after it: 2.7 MB read in vain cost what one
 * more request does, so that hopping from block to block takes at most about twice the time of the best choice, whatever sizes
 * members have; rounded up, because small members are what most tars hold.
 */
export const rangeBytes = 4_194_304;

/** One ranged GET of an archive, pinned to its version; the range has to lie within it. */
async function readRange(archive: ArchiveObject, offset: number, lengthBytes: number): Promise<Uint8Array> {
  const { s3, bucket, key, pin } = archive;
  const range = `bytes=${offset}-${offset + lengthBytes - 1}`;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...pin, Range: range }));
    const bytes = await Body?.transformToByteArray();
    if (bytes?.length === lengthBytes) return bytes;
    throw new Error(`${bytes?.length ?? 0} bytes of ${range} arrived`);
  } catch (error) {
    throw sourceReadError(error);
  }
}

/** The bytes of an object in S3, by ranged GETs; one block of it is in memory at a time. */
export class RangedBytes implements TarBytes {
  readonly endBytes: number;
  readonly #archive: ArchiveObject;
  readonly #rangeBytes: number;
  #block: Uint8Array = new Uint8Array();
  #blockAt = 0;

  constructor(archive: ArchiveObject, atOnceBytes = rangeBytes) {
    this.#archive = archive;
    this.#rangeBytes = atOnceBytes;
    this.endBytes = archive.sizeBytes;
  }

  async read(offset: number, lengthBytes: number): Promise<Uint8Array> {
    const end = Math.min(offset + lengthBytes, this.endBytes);
    if (offset >= end) return new Uint8Array();
    if (offset < this.#blockAt || end > this.#blockAt + this.#block.length) {
      // Let go of before the next one arrives.
      this.#block = new Uint8Array();
      const atOnce = Math.min(Math.max(lengthBytes, this.#rangeBytes), this.endBytes - offset);
      this.#block = await readRange(this.#archive, offset, atOnce);
      this.#blockAt = offset;
    }
    return this.#block.subarray(offset - this.#blockAt, end - this.#blockAt);
  }
}
