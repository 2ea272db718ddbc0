import { compareUtf8 } from './compare-utf8.ts';

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** Without quotes. */
  readonly etag?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly modifiedMs?: number | undefined;
}

/** What one request for a listing says. */
export interface ListingPage {
  readonly objects: readonly ListedObject[];
  /** Of the next page; undefined on the last one. */
  readonly token: string | undefined;
}

export interface PageRequest {
  /** Exclusive. */
  readonly startAfter: string | undefined;
  readonly token?: string | undefined;
  /** 1,000 when absent, which is S3's most. */
  readonly maxKeys?: number;
}

export type FetchPage = (request: PageRequest) => Promise<ListingPage>;

/** Keys above the one and up to the other; undefined is without a bound. */
export interface KeyRange {
  readonly startAfter: string | undefined;
  readonly upTo: string | undefined;
}

export interface RangePage {
  readonly objects: readonly ListedObject[];
  /** Whether the range goes on behind it. */
  readonly hasMore: boolean;
}

/** The pages of a range, at most so many of them, each fetched when it is asked for. */
export async function* rangePages(
  fetchPage: FetchPage,
  { startAfter, upTo }: KeyRange,
  maxPages = Infinity,
): AsyncGenerator<RangePage> {
  let token: string | undefined;
  for (let pages = 0; pages < maxPages; pages++) {
    const page = await fetchPage({ startAfter, token });
    const past = upTo === undefined ? -1 : page.objects.findIndex(({ key }) => compareUtf8(key, upTo) > 0);
    ({ token } = page);
    const hasMore = past === -1 && token !== undefined;
    yield { objects: past === -1 ? page.objects : page.objects.slice(0, past), hasMore };
    if (!hasMore) return;
  }
}

/**
 * Begins at once to take so many items before they are asked for, one after the other. What the source throws is thrown where its
 * item would be.
 */
export function readAhead<Item>(source: AsyncGenerator<Item>, items: number): AsyncGenerator<Item> {
  // A generator queues what is asked of it while it is busy.
  const take = (): Promise<IteratorResult<Item>> => {
    const taken = source.next();
    taken.catch(() => {}); // it is thrown when its turn comes; until then, or if it never does, nobody waits for it
    return taken;
  };
  return inTurn(Array.from({ length: items }, take), take);
}

async function* inTurn<Item>(
  taken: Promise<IteratorResult<Item>>[],
  take: () => Promise<IteratorResult<Item>>,
): AsyncGenerator<Item> {
  for (let first = taken.shift(); first !== undefined; first = taken.shift()) {
    const result = await first;
    if (result.done === true) return;
    taken.push(take());
    yield result.value;
  }
}
