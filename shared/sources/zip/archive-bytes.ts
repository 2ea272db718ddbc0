import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { sourceReadError } from '../../aws/aws-error.ts';
import type { ArchiveObject } from '../member.ts';

/** GETs of one range: after so many that broke in the middle, S3 is in trouble. Each goes on at the byte where the last one broke. */
const maxAttempts = 5;

/** The longest end of a zip: zip64 record and locator, end record, comment. */
export const tailBytes = 56 + 20 + 22 + 65_535;

/** The bytes of an archive in S3. Its tail is read once and kept, so that a small archive is one GET. */
export class ArchiveBytes {
  readonly sizeBytes: number;
  readonly #archive: ArchiveObject;
  readonly #tail: Buffer;
  readonly #tailStart: number;

  private constructor(archive: ArchiveObject, tail: Buffer) {
    this.sizeBytes = archive.sizeBytes;
    this.#archive = archive;
    this.#tail = tail;
    this.#tailStart = archive.sizeBytes - tail.length;
  }

  /** @throws FanlightError as `read` does */
  static async open(archive: ArchiveObject): Promise<ArchiveBytes> {
    const { sizeBytes } = archive;
    const tail = Buffer.allocUnsafe(Math.min(sizeBytes, tailBytes));
    await fillWhole(archive, sizeBytes - tail.length, tail);
    return new ArchiveBytes(archive, tail);
  }

  /**
   * The bytes from `start` up to `end`, all of them, both within the archive.
   *
   * @throws FanlightError permanent where S3's answer will not change, INTERNAL otherwise
   */
  async read(start: number, end: number): Promise<Buffer> {
    return this.readInto(Buffer.allocUnsafe(end - start), start);
  }

  /**
   * Fills a buffer with the bytes from `start` on, and returns it.
   *
   * @throws FanlightError as `read` does
   */
  async readInto(target: Buffer, start: number): Promise<Buffer> {
    const end = start + target.length;
    const beforeTail = Math.max(0, Math.min(end, this.#tailStart) - start);
    await fillWhole(this.#archive, start, target.subarray(0, beforeTail));
    if (end > this.#tailStart) this.#tail.copy(target, beforeTail, start + beforeTail - this.#tailStart);
    return target;
  }
}

async function fillWhole(archive: ArchiveObject, start: number, bytes: Buffer): Promise<void> {
  const target = { bytes, filled: 0 };
  for (let attempt = 1; target.filled < bytes.length; attempt++) {
    try {
      await fill(archive, start, target);
    } catch (error) {
      const known = sourceReadError(error);
      if (known.kind === 'permanent' || attempt === maxAttempts) throw known;
    }
  }
}

/** Advances `filled` even if it throws. */
async function fill(archive: ArchiveObject, start: number, target: { bytes: Buffer; filled: number }): Promise<void> {
  const { s3, bucket, key, pin } = archive;
  const missing = target.bytes.length - target.filled;
  const first = start + target.filled;
  const { Body, ContentLength } = await s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, ...pin, Range: `bytes=${first}-${first + missing - 1}` }),
  );
  if (!(Body instanceof Readable)) throw new TypeError('the SDK gave no stream');
  if (ContentLength !== missing) {
    Body.destroy(); // an unread body keeps its socket (field note 12)
    throw new Error(`S3 announced ${ContentLength} of ${missing} bytes`);
  }
  const chunks: AsyncIterable<Buffer> = Body;
  for await (const chunk of chunks) target.filled += chunk.copy(target.bytes, target.filled);
  if (target.filled < target.bytes.length) throw new Error('the body ended before its announced length');
}
