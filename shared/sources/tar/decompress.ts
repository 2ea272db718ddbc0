import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { FanlightError, messageOf } from '../../core/errors.ts';

export type Compression = 'gzip' | 'zstd';

/** Bytes that zlib unpacks into at a time; half a millisecond of work for each trip to its thread. */
const chunkSize = 65_536;
/** Unpacked bytes that may wait for whoever reads them: a bomb unpacks thousands of times what it was given. */
const maxWaitingBytes = 8_388_608;

/** One decompressor, given one piece after the other. What it unpacks before an error is handed out, whenever it is asked for. */
class Decompressor {
  readonly #stream: Gunzip | ZstdDecompress;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isIdle = true;
  #error: Error | undefined;
  #wake: () => void = () => undefined;
  /** It came to the end of its data, and takes no more. */
  hasEnded = false;

  constructor(format: Compression) {
    this.#stream = format === 'gzip' ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
    // A stream that flows has nothing of its own left that an error could make it forget.
    this.#stream.on('data', (chunk: Uint8Array) => {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
      if (this.#waitingBytes > maxWaitingBytes) this.#stream.pause();
      this.#wake();
    });
    this.#stream.on('end', () => {
      this.hasEnded = true;
      this.#wake();
    });
    this.#stream.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
  }

  /** Unpacks a piece; `rest` of the answer lies behind the end of the data. */
  async *unpack(piece: Uint8Array): AsyncGenerator<Uint8Array, { rest: Uint8Array }> {
    const before = this.#stream.bytesWritten;
    this.#isIdle = false;
    this.#stream.write(piece, () => {
      this.#isIdle = true;
      this.#wake();
    });
    yield* this.#unpacked();
    return { rest: piece.subarray(this.#stream.bytesWritten - before) };
  }

  /** Says that nothing follows: an error if more was to come. */
  async *finish(): AsyncGenerator<Uint8Array> {
    if (this.hasEnded) return;
    this.#isIdle = false;
    this.#stream.end();
    yield* this.#unpacked();
  }

  async *#unpacked(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const isDone = this.#isIdle || this.hasEnded || this.#error !== undefined;
      const chunks = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      yield* chunks;
      if (chunks.length > 0) this.#stream.resume();
      else if (this.#error !== undefined) throw this.#error;
      else if (isDone) return;
      else await this.#somethingNew();
    }
  }

  async #somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  destroy(): void {
    this.#stream.destroy();
  }
}

/**
 * Unpacks gzip (members may follow each other) or zstd (so may frames). The same pieces give the same bytes, also before an error.
 *
 * @throws FanlightError ARCHIVE_CORRUPT when the data are damaged or end too early, after what could be unpacked
 */
export async function* decompress(pieces: AsyncIterable<Uint8Array>, format: Compression): AsyncGenerator<Uint8Array> {
  let decompressor = new Decompressor(format);
  try {
    for await (const piece of pieces) {
      for (let rest = piece; rest.length > 0;) {
        // zlib goes from one gzip member to the next, and ends at what is none: zeros, as tapes have them.
        if (decompressor.hasEnded && format === 'gzip') return;
        if (decompressor.hasEnded) decompressor = new Decompressor(format);
        ({ rest } = yield* damageAs(decompressor.unpack(rest), format));
      }
    }
    yield* damageAs(decompressor.finish(), format);
  } finally {
    decompressor.destroy();
  }
}

async function* damageAs<R>(
  unpacked: AsyncGenerator<Uint8Array, R>,
  format: Compression,
): AsyncGenerator<Uint8Array, R> {
  try {
    return yield* unpacked;
  } catch (error) {
    throw new FanlightError('ARCHIVE_CORRUPT', `the ${format} data are damaged: ${messageOf(error)}`, { cause: error });
  }
}
