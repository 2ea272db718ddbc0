import type { S3Client } from '@aws-sdk/client-s3';
import { FanlightError } from '../../../shared/core/errors.ts';
import { Unavailable } from '../unavailable.ts';
import type { CutObject } from './member-place.ts';
import { isSameObject, maxGapBytes } from './member-runs.ts';
import { openRange, type RangeBody } from './range-body.ts';

/** Bytes of one object, and how far a GET that is made for them should go. */
export interface Cut {
  readonly object: CutObject;
  /** Of the body of a new GET, exclusive, and not before the end of what is read: what follows may be asked for next. */
  readonly bodyEnd: number;
}

/** The answer of S3 to a GET of this object would be the same, whatever the range. */
function isAboutObject(error: unknown): boolean {
  return !(error instanceof Unavailable) && !(error instanceof FanlightError && error.code === 'ARCHIVE_CORRUPT');
}

/**
 * Reads objects at ascending positions by as few GETs as possible. There is one body at a time, so that bodies that wait for
 * slow workers can never take all sockets, and reads come one after another.
 */
export class ForwardReader {
  readonly #s3: S3Client;
  readonly #signal: AbortSignal;
  #open: { readonly object: CutObject; readonly body: RangeBody } | undefined;
  #refused: { readonly object: CutObject; readonly error: unknown } | undefined;
  /** Reads of earlier ones are over. */
  #generation = 0;

  constructor(s3: S3Client, signal: AbortSignal) {
    this.#s3 = s3;
    this.#signal = signal;
  }

  /** Why the body that was read last broke off, if it did. */
  get broken(): Error | undefined {
    return this.#open?.body.broken;
  }

  /**
   * Exactly so many bytes from `start` on. A permanent answer of S3 is remembered, and is that for later reads of the same object
   * as well.
   *
   * @throws FanlightError when the object cannot be read, ARCHIVE_CORRUPT when it ends before; OwnOutput; Unavailable
   */
  async *read(cut: Cut, start: number, lengthBytes: number): AsyncGenerator<Buffer> {
    const generation = this.#generation;
    const end = start + lengthBytes;
    for (let position = start; position < end;) {
      const body = await this.#bodyAt(cut, position, generation);
      const bytes = await body.next(end - position);
      position += bytes.length;
      yield bytes;
    }
  }

  /**
   * Ends the reads that were begun. Streams that failed may still be asking for bytes, and must not get those of the next read; a body
   * that they wait for, or that is broken, is given up, another one goes on where it is.
   */
  settle(): void {
    this.#generation += 1;
    const body = this.#open?.body;
    if (body?.broken !== undefined || body?.isReading === true) this.close();
  }

  close(): void {
    this.#open?.body.destroy();
    this.#open = undefined;
  }

  async #bodyAt({ object, bodyEnd }: Cut, position: number, generation: number): Promise<RangeBody> {
    this.#requireCurrent(generation);
    const open = this.#open;
    if (open !== undefined && isSameObject(open.object, object) && reaches(open.body, position)) {
      const { body } = open;
      while (body.position < position) await body.next(position - body.position);
      return body;
    }
    this.close();
    if (this.#refused !== undefined && isSameObject(this.#refused.object, object)) throw this.#refused.error;
    const body = await this.#openAt(object, position, bodyEnd);
    if (generation !== this.#generation) body.destroy();
    this.#requireCurrent(generation);
    this.#open = { object, body };
    return body;
  }

  async #openAt(object: CutObject, start: number, end: number): Promise<RangeBody> {
    try {
      return await openRange(this.#s3, object, start, end, this.#signal);
    } catch (error) {
      if (isAboutObject(error)) this.#refused = { object, error };
      throw error;
    }
  }

  #requireCurrent(generation: number): void {
    if (generation !== this.#generation) throw new Error('nobody waits for these bytes any more');
  }
}

function reaches(body: RangeBody, position: number): boolean {
  return body.position <= position && position < body.end && position - body.position <= maxGapBytes;
}
