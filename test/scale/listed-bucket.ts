import { etagOf, SimulatedBucket, type Bucket, type StoredObject } from '../simulation/simulated-bucket.ts';

const digits = 9;

/** A bucket whose images with a prefix exist as numbers only, beside a few real objects elsewhere. */
export class ListedBucket implements Bucket {
  readonly #real = new SimulatedBucket();
  readonly #prefix: string;
  readonly #images: number;
  readonly #image: StoredObject;

  constructor(prefix: string, images: number, imageBytes: number) {
    this.#prefix = prefix;
    this.#images = images;
    const body = Buffer.alloc(0);
    this.#image = { body, size: imageBytes, etag: etagOf(body), modifiedMs: 0, metadata: {} };
  }

  get(key: string): StoredObject | undefined {
    return key.startsWith(this.#prefix) ? this.#image : this.#real.get(key);
  }

  put(key: string, body: Buffer, modifiedMs: number, metadata: Readonly<Record<string, string>>): StoredObject {
    return this.#real.put(key, body, modifiedMs, metadata);
  }

  delete(key: string): void {
    this.#real.delete(key);
  }

  keys(prefix = '', after = '', max = Infinity): string[] {
    if (!this.#prefix.startsWith(prefix)) return this.#real.keys(prefix, after, max);
    const first = after.startsWith(this.#prefix) ? Number(after.slice(this.#prefix.length, -'.jpg'.length)) + 1 : 0;
    const count = Math.max(0, Math.min(max, this.#images - first));
    return Array.from(
      { length: count },
      (_, index) => `${this.#prefix}${String(first + index).padStart(digits, '0')}.jpg`,
    );
  }

  copy(): Bucket {
    throw new Error('a listed bucket cannot be copied');
  }
}
