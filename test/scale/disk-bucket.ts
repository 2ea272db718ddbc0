import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { etagOf, type Bucket, type StoredObject } from '../simulation/simulated-bucket.ts';
import { SortedKeys } from '../simulation/sorted-keys.ts';

/** Key, offset, size, ETag, time: metadata is not kept. */
const EntrySchema = z.tuple([z.string(), z.int(), z.int(), z.string(), z.int()]);
type Entry = z.infer<typeof EntrySchema>;

/** Bodies in one file, so that the memory of a process is that of the functions in it. Another process can go on with them. */
export class DiskBucket implements Bucket {
  readonly #directory: string;
  readonly #entries: Map<string, Entry>;
  readonly #keys: SortedKeys;
  readonly #hidden = new Map<string, Entry>();
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

  /**
   * Opens what {@link close} left.
   *
   * @param isHidden of a key that is not to be there before {@link reveal}
   */
  static open(directory: string, isHidden: (key: string) => boolean): DiskBucket {
    const index: unknown = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
    const entries = z.array(EntrySchema).parse(index);
    const bucket = new DiskBucket(
      directory,
      entries.filter(([key]) => !isHidden(key)),
    );
    for (const entry of entries) if (isHidden(entry[0])) bucket.#hidden.set(entry[0], entry);
    return bucket;
  }

  reveal(key: string): void {
    const entry = this.#hidden.get(key);
    if (entry === undefined) return;
    this.#hidden.delete(key);
    this.#entries.set(key, entry);
    this.#keys.add(key);
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
    if (!this.#entries.has(key)) this.#keys.add(key);
    const entry: Entry = [key, this.#end, body.length, etagOf(body), modifiedMs];
    this.#entries.set(key, entry);
    this.#end += body.length;
    return { body, size: body.length, etag: entry[3], modifiedMs, metadata: {} };
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
