import { createHash } from 'node:crypto';
import { compareUtf8 } from './compare-utf8.ts';

export interface StoredObject {
  readonly body: Buffer;
  /** Without quotes. */
  readonly etag: string;
  readonly modifiedMs: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Objects by key, listed as S3 lists them. */
export class SimulatedBucket {
  readonly #objects: Map<string, StoredObject>;
  /** Ascending. */
  readonly #keys: string[];

  constructor(objects: Iterable<[string, StoredObject]> = []) {
    this.#objects = new Map(objects);
    this.#keys = [...this.#objects.keys()].toSorted(compareUtf8);
  }

  copy(): SimulatedBucket {
    return new SimulatedBucket(this.#objects);
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  put(key: string, body: Buffer, modifiedMs: number, metadata: Readonly<Record<string, string>> = {}): StoredObject {
    const etag = createHash('md5').update(body).digest('hex');
    const object = { body, etag, modifiedMs, metadata };
    if (!this.#objects.has(key)) this.#keys.splice(this.#firstAtOrAfter(key), 0, key);
    this.#objects.set(key, object);
    return object;
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#keys.splice(this.#firstAtOrAfter(key), 1);
  }

  /** @param after exclusive */
  keys(prefix = '', after = '', max = Infinity): string[] {
    const found: string[] = [];
    let index = this.#firstAtOrAfter(compareUtf8(after, prefix) > 0 ? after : prefix);
    for (; found.length < max; index++) {
      const key = this.#keys[index];
      if (key === undefined || !key.startsWith(prefix)) return found;
      if (key !== after) found.push(key);
    }
    return found;
  }

  #firstAtOrAfter(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareUtf8(this.#keys[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
