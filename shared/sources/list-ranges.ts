import { findBoundaries, usableBoundaries } from './list-boundaries.ts';
import {
  rangePages,
  readAhead,
  type FetchPage,
  type KeyRange,
  type ListedObject,
  type RangePage,
} from './list-pages.ts';

/** The boundaries of a prefix's ranges, kept where others find them, so that all who list it use the same. */
export interface KeyRanges {
  read(): Promise<readonly string[] | undefined>;
  /** @returns what is kept: another's, if that was earlier */
  write(boundaries: string[]): Promise<readonly string[]>;
}

export interface ListPrefixOptions {
  /** Without it pages are listed one after the other, however many there are. */
  readonly ranges?: KeyRanges | undefined;
  /** Pages that are listed one after the other before the rest is divided into ranges; 100 by default. */
  readonly sequentialPages?: number | undefined;
  /** Ranges that are listed at once; 8 by default. */
  readonly parallel?: number | undefined;
  /** Pages that are kept of each, of up to 1,000 keys: with 8 ranges of usual keys, some 25 MB. 12 by default. */
  readonly pagesAhead?: number | undefined;
}

/** Where a listing stands. */
class Progress {
  readonly samples: string[] = [];
  last: string | undefined;
  hasMore = true;

  constructor(startAfter: string | undefined) {
    this.last = startAfter;
  }

  take({ objects, hasMore }: RangePage): void {
    const [first] = objects;
    if (first !== undefined) this.samples.push(first.key);
    this.last = objects.at(-1)?.key ?? this.last;
    this.hasMore = hasMore;
  }
}

async function* inSequence(
  fetchPage: FetchPage,
  progress: Progress,
  maxPages: number | undefined,
): AsyncGenerator<ListedObject> {
  const range = { startAfter: progress.last, upTo: undefined };
  for await (const page of readAhead(rangePages(fetchPage, range, maxPages), 1)) {
    yield* page.objects;
    progress.take(page);
  }
}

/** Lists ranges at once, and gives what they hold in their order. */
async function* inParallel(
  fetchPage: FetchPage,
  ranges: readonly KeyRange[],
  { parallel = 8, pagesAhead = 12 }: ListPrefixOptions,
): AsyncGenerator<ListedObject> {
  const begun: AsyncGenerator<RangePage>[] = [];
  for (const [index] of ranges.entries()) {
    for (const range of ranges.slice(index + begun.length, index + parallel))
      begun.push(readAhead(rangePages(fetchPage, range), pagesAhead));
    const pages = begun.shift();
    if (pages !== undefined) for await (const { objects } of pages) yield* objects;
  }
}

function rangesBetween(startAfter: string | undefined, boundaries: readonly string[]): KeyRange[] {
  const starts = [startAfter, ...boundaries];
  return starts.map((start, index) => ({ startAfter: start, upTo: boundaries[index] }));
}

/**
 * All objects of a listing in the order of their keys, whatever the boundaries of its ranges.
 *
 * @param fetchPage must give up what is under way when the listing ends early
 */
export async function* listInOrder(
  fetchPage: FetchPage,
  prefix: string,
  startAfter: string | undefined,
  options: ListPrefixOptions,
): AsyncGenerator<ListedObject> {
  const { ranges, sequentialPages = 100 } = options;
  const progress = new Progress(startAfter);
  let boundaries: readonly string[] = [];
  // Whoever goes on where another stopped looks early whether there are ranges already.
  for (const pages of startAfter === undefined ? [sequentialPages] : [1, sequentialPages]) {
    if (ranges === undefined || !progress.hasMore || boundaries.length > 0) break;
    yield* inSequence(fetchPage, progress, pages);
    if (progress.hasMore) boundaries = usableBoundaries((await ranges.read()) ?? [], progress.last);
  }
  const { samples, last, hasMore } = progress;
  if (ranges !== undefined && hasMore && last !== undefined && boundaries.length === 0) {
    const found = await findBoundaries(fetchPage, { prefix, samples, last });
    if (found.length > 0) boundaries = usableBoundaries(await ranges.write(found), last);
  }
  if (boundaries.length > 0) yield* inParallel(fetchPage, rangesBetween(last, boundaries), options);
  else if (hasMore) yield* inSequence(fetchPage, progress, undefined);
}
