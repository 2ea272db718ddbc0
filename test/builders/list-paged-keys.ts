import { compareUtf8 } from '../../shared/sources/compare-utf8.ts';
import type { FetchPage } from '../../shared/sources/list-pages.ts';
import type { KeyRanges } from '../../shared/sources/list-prefix.ts';

export interface PagedKeys {
  readonly fetchPage: FetchPage;
  /** Requests so far. */
  requests(): number;
  /** The most that were under way at once. */
  mostAtOnce(): number;
}

/** Lists keys as S3 does, without S3: for hundreds of thousands of them. */
export function pagedKeys(keys: readonly string[], keysPerPage = 1_000): PagedKeys {
  const sorted = keys.toSorted(compareUtf8);
  let [requests, underWay, most] = [0, 0, 0];
  const firstAbove = (key: string): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareUtf8(sorted[middle] ?? '', key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    requests: () => requests,
    mostAtOnce: () => most,
    async fetchPage({ startAfter, token, maxKeys = 1_000 }) {
      requests += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      const after = token ?? startAfter;
      const first = after === undefined ? 0 : firstAbove(after);
      const page = sorted.slice(first, first + Math.min(maxKeys, keysPerPage));
      const isLast = first + page.length >= sorted.length;
      return { objects: page.map((key) => ({ key })), token: isLast ? undefined : page.at(-1) };
    },
  };
}

/** Keeps what is written first. */
export function keptRanges(kept?: readonly string[]): KeyRanges & { kept(): readonly string[] | undefined } {
  let stored = kept;
  return {
    kept: () => stored,
    read: () => Promise.resolve(stored),
    write: (boundaries) => Promise.resolve((stored ??= boundaries)),
  };
}
