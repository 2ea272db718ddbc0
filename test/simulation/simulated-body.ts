import { Readable } from 'node:stream';
import type { GivenBody } from './invocation.ts';

/** So little that members of archives begin, go on and end anywhere in a chunk. */
const chunkBytes = 100;

/** What a stream says whose connection is gone. */
const aborted = (): Error => Object.assign(new Error('aborted'), { code: 'ECONNRESET' });

/** A body as the SDK's for Node: a stream that can also be taken as a whole. */
export class SimulatedBody extends Readable implements GivenBody {
  readonly #content: Buffer;
  readonly #endBytes: number;
  #at = 0;
  #isTaken = false;

  /** @param breaks after its first half */
  constructor(content: Buffer, breaks: boolean) {
    super({ highWaterMark: chunkBytes });
    this.#content = content;
    this.#endBytes = breaks ? Math.floor(content.length / 2) : Infinity;
  }

  get isUnread(): boolean {
    return !this.#isTaken && !this.readableEnded && !this.destroyed;
  }

  override _read(): void {
    if (this.#at >= this.#endBytes) {
      this.destroy(aborted());
      return;
    }
    const chunk = this.#content.subarray(this.#at, Math.min(this.#at + chunkBytes, this.#endBytes));
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
    if (this.#endBytes !== Infinity) throw aborted();
    return this.#content;
  }
}
