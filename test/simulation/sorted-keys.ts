import { compareUtf8 } from '../../shared/sources/compare-utf8.ts';

/** Keys in the order in which S3 lists them. */
export class SortedKeys {
  readonly #keys: string[];

  constructor(keys: Iterable<string>) {
    this.#keys = [...keys].toSorted(compareUtf8);
  }

  /** @param key that is not among them */
  add(key: string): void {
    this.#keys.splice(this.#firstAtOrAfter(key), 0, key);
  }

  /** @param key that is among them */
  remove(key: string): void {
    this.#keys.splice(this.#firstAtOrAfter(key), 1);
  }

  /** @param after exclusive */
  below(prefix: string, after: string, max: number): string[] {
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
