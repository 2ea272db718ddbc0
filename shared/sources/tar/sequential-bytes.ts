import type { TarBytes } from './tar-bytes.ts';

/** The bytes of a tar that arrive once, in order; what is hopped over is read all the same. */
export class SequentialBytes implements TarBytes {
  readonly #chunks: AsyncIterator<Uint8Array, unknown>;
  #chunk: Uint8Array = new Uint8Array();
  /** Of the first byte of `#chunk`. */
  #offset = 0;
  #endBytes: number | undefined;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  get endBytes(): number | undefined {
    return this.#endBytes;
  }

  async read(offset: number, lengthBytes: number): Promise<Uint8Array> {
    const target = Buffer.alloc(lengthBytes);
    return target.subarray(0, await this.readInto(target, offset));
  }

  /** Fills `target` with the bytes from `offset` on; answers how many there were. */
  async readInto(target: Uint8Array, offset: number): Promise<number> {
    if (offset < this.#offset) throw new Error(`byte ${offset} of the tar is over: it is at ${this.#offset}`);
    while (this.#offset < offset && (await this.#hasChunk())) this.#take(offset - this.#offset);
    let filled = 0;
    while (filled < target.length && (await this.#hasChunk())) {
      const bytes = this.#take(target.length - filled);
      target.set(bytes, filled);
      filled += bytes.length;
    }
    return filled;
  }

  /** Reads to the end, because checksums are there. */
  async drain(): Promise<void> {
    while (await this.#hasChunk()) this.#take(this.#chunk.length);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #hasChunk(): Promise<boolean> {
    while (this.#chunk.length === 0 && this.#endBytes === undefined) {
      const next = await this.#chunks.next();
      if (next.done === true) this.#endBytes = this.#offset;
      else this.#chunk = next.value;
    }
    return this.#chunk.length > 0;
  }

  #take(atMostBytes: number): Uint8Array {
    const bytes = this.#chunk.subarray(0, atMostBytes);
    this.#chunk = this.#chunk.subarray(bytes.length);
    this.#offset += bytes.length;
    return bytes;
  }
}
