import { createHash } from 'node:crypto';
import { SortedKeys } from './sorted-keys.ts';

export interface StoredObject {
  readonly body: Buffer;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly modifiedMs: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Objects by key. */
export interface Bucket {
  get(key: string): StoredObject | undefined;
  put(key: string, body: Buffer, modifiedMs: number, metadata: Readonly<Record<string, string>>): StoredObject;
  delete(key: string): void;
  /**
   * In the order of S3.
   *
   * @param after exclusive
   */
  keys(prefix?: string, after?: string, max?: number): string[];
  /** That changes without this one. */
  copy(): Bucket;
}

export const etagOf = (body: Buffer): string => createHash('md5').update(body).digest('hex');

/** A bucket in memory. */
export class SimulatedBucket implements Bucket {
  readonly #objects: Map<string, StoredObject>;
  readonly #keys: SortedKeys;

  constructor(objects: Iterable<[string, StoredObject]> = []) {
    this.#objects = new Map(objects);
    this.#keys = new SortedKeys(this.#objects.keys());
  }

  copy(): SimulatedBucket {
    return new SimulatedBucket(this.#objects);
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  put(key: string, body: Buffer, modifiedMs: number, metadata: Readonly<Record<string, string>>): StoredObject {
    const object = { body, size: body.length, etag: etagOf(body), modifiedMs, metadata };
    if (!this.#objects.has(key)) this.#keys.add(key);
    this.#objects.set(key, object);
    return object;
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#keys.remove(key);
  }

  keys(prefix = '', after = '', max = Infinity): string[] {
    return this.#keys.below(prefix, after, max);
  }
}
