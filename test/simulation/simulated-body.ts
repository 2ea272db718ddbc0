import { Readable } from 'node:stream';
import type { GivenBody } from './invocation.ts';

/** So little that members of archives begin, go on and end anywhere in a chunk. */
const chunkBytes = 100;

/** A body as the SDK's for Node: a stream that can also be taken as a whole. */
export class SimulatedBody extends Readable implements GivenBody {
  readonly #content: Buffer;
  #at = 0;
  #isTaken = false;

  constructor(content: Buffer) {
    super({ highWaterMark: chunkBytes });
    this.#content = content;
  }

  get isUnread(): boolean {
    return !this.#isTaken && !this.readableEnded && !this.destroyed;
  }

  override _read(): void {
    const chunk = this.#content.subarray(this.#at, this.#at + chunkBytes);
    this.#at += chunk.length;
    this.push(chunk.length === 0 ? null : chunk);
  }

  async transformToString(): Promise<string> {
    return this.#take().toString('utf8');
  }

  async transformToByteArray(): Promise<Uint8Array> {
    return this.#take();
  }

  #take(): Buffer {
    this.#isTaken = true;
    return this.#content;
  }
}
