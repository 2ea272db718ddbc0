import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { etagOf, type Bucket, type StoredObject } from '../simulation/simulated-bucket.ts';
import { SortedKeys } from '../simulation/sorted-keys.ts';

/** Where a body lies: key, offset, size, ETag, time. Metadata is not kept. */
export const EntrySchema = z.tuple([z.string(), z.int(), z.int(), z.string(), z.int()]);
export type Entry = z.infer<typeof EntrySchema>;

/** Bodies in one file, so that the memory of a process is that of the functions in it. Another process can go on with them. */
export class DiskBucket implements Bucket {
  readonly #directory: string;
  readonly #entries: Map<string, Entry>;
  readonly #keys: SortedKeys;
  readonly #file: number;
  #end: number;

  private constructor(directory: string, entries: readonly Entry[]) {
    this.#directory = directory;
    this.#entries = new Map(entries.map((entry) => [entry[0], entry]));
    this.#keys = new SortedKeys(this.#entries.keys());
    this.#file = openSync(join(directory, 'bodies'), 'a+');
    this.#end = fstatSync(this.#file).size;
  }

  static create(directory: string): DiskBucket {
    return new DiskBucket(directory, []);
  }

  /** Opens what {@link close} left. */
  static open(directory: string): DiskBucket {
    const index: unknown = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
    return new DiskBucket(directory, z.array(EntrySchema).parse(index));
  }

  /** Removes an object whose body stays on disk, for {@link add} of another process. */
  take(key: string): Entry {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw new Error(`${key} does not exist`);
    this.delete(key);
    return entry;
  }

  add(entry: Entry): void {
    const [key] = entry;
    if (!this.#entries.has(key)) this.#keys.add(key);
    this.#entries.set(key, entry);
  }

  close(): void {
    writeFileSync(join(this.#directory, 'index.json'), JSON.stringify([...this.#entries.values()]));
    closeSync(this.#file);
  }

  get(key: string): StoredObject | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const [, offset, size, etag, modifiedMs] = entry;
    const read = (): Buffer => {
      const body = Buffer.allocUnsafeSlow(size);
      readSync(this.#file, body, 0, size, offset);
      return body;
    };
    return {
      get body() {
        return read();
      },
      size,
      etag,
      modifiedMs,
      metadata: {},
    };
  }

  put(key: string, body: Buffer, modifiedMs: number): StoredObject {
    // Appends, wherever the others end.
    writeSync(this.#file, body);
    const etag = etagOf(body);
    this.add([key, this.#end, body.length, etag, modifiedMs]);
    this.#end += body.length;
    return { body, size: body.length, etag, modifiedMs, metadata: {} };
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#keys.remove(key);
  }

  keys(prefix = '', after = '', max = Infinity): string[] {
    return this.#keys.below(prefix, after, max);
  }

  copy(): Bucket {
    throw new Error('a bucket on disk cannot be copied');
  }
}
