import type { S3Client } from '@aws-sdk/client-s3';
import { addAbortSignal, type Readable } from 'node:stream';
import { s3ErrorName } from '../../../shared/aws/aws-error.ts';
import { FanlightError } from '../../../shared/core/errors.ts';
import { getObject } from '../get-object.ts';
import { readError } from '../pinned-object.ts';
import { Interrupted } from '../unavailable.ts';
import type { CutObject } from './member-place.ts';

/** The body of one ranged GET, read front to back and no faster than asked for. */
export class RangeBody {
  /** Exclusive. */
  readonly end: number;
  readonly #body: Readable;
  readonly #chunks: AsyncIterator<unknown>;
  #rest: Buffer = Buffer.alloc(0);
  /** Of the next byte, in the object. */
  #position: number;
  #isReading = false;
  #broken: Interrupted | undefined;

  constructor(body: Readable, start: number, end: number) {
    this.#body = body;
    this.#chunks = body[Symbol.asyncIterator]();
    this.#position = start;
    this.end = end;
    // It may break while nobody reads, and an unheard error ends the process; the next read tells of it.
    body.on('error', () => {});
  }

  get position(): number {
    return this.#position;
  }

  /** Somebody waits for bytes. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** Why nothing more comes. */
  get broken(): Interrupted | undefined {
    return this.#broken;
  }

  /**
   * One byte or more; not to be called at the end, nor while it reads.
   *
   * @throws Interrupted when the body breaks off
   */
  async next(maxBytes: number): Promise<Buffer> {
    if (this.#rest.length === 0) {
      this.#isReading = true;
      try {
        this.#rest = await this.#receive();
      } catch (error) {
        this.#broken = error instanceof Interrupted ? error : new Interrupted(error);
        throw this.#broken;
      } finally {
        this.#isReading = false;
      }
    }
    const bytes = this.#rest.subarray(0, maxBytes);
    this.#rest = this.#rest.subarray(bytes.length);
    this.#position += bytes.length;
    return bytes;
  }

  /** An unread body keeps its socket (field note 12). */
  destroy(): void {
    this.#body.destroy();
  }

  async #receive(): Promise<Buffer> {
    const next = await this.#chunks.next();
    const value: unknown = next.value;
    if (next.done === true || !Buffer.isBuffer(value))
      throw new Interrupted(new Error(`the body ended ${this.end - this.#position} bytes early`));
    // Not before the end has been read is the connection free for the next GET.
    if (this.#position + value.length >= this.end) await this.#chunks.next();
    return value;
  }
}

function openError(thrown: unknown): Error {
  if (s3ErrorName(thrown) !== 'InvalidRange') return readError(thrown);
  return new FanlightError('ARCHIVE_CORRUPT', 'the archive ends before this entry does', { cause: thrown });
}

/** `bytes 100-199/1000`: first and last byte, and the size of the object. */
const contentRange = /^bytes (\d+)-(\d+)\/(\d+)$/;

/**
 * Asks for bytes of an object; fewer come where it ends.
 *
 * @throws FanlightError when the object cannot be read, ARCHIVE_CORRUPT when it ends before the range; OwnOutput; Unavailable
 */
export async function openRange(
  s3: S3Client,
  { bucket: Bucket, key: Key, pin }: CutObject,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<RangeBody> {
  const input = { Bucket, Key, ...pin, Range: `bytes=${start}-${end - 1}` };
  const { body, range } = await getObject(s3, input, signal, openError);
  const [, first, last, size] = (contentRange.exec(range ?? '') ?? []).map(Number);
  const endOfBody = Math.min(end, size ?? 0);
  // A body that is shorter all the same serves the members that it has.
  if (first === start && last === endOfBody - 1) return new RangeBody(addAbortSignal(signal, body), start, endOfBody);
  body.destroy();
  throw new Interrupted(new Error(`S3 announced ${range} of ${start} to ${end}`));
}
