import { compareUtf8 } from './compare-utf8.ts';
import { alphabetAt, KeyDigits } from './list-digits.ts';
import type { FetchPage } from './list-pages.ts';

/** What was listed of a prefix so far; more follows. */
export interface ListedSoFar {
  readonly prefix: string;
  /** First keys of the pages, in order. */
  readonly samples: readonly string[];
  readonly last: string;
}

/** Requests for one key. Together with a request more for each range, whose last page reaches beyond it, 5 % of 200 pages. */
const maxProbes = 5;
const pagesPerRange = 20;
/** Bounds the document that holds them, to some 100 kB. */
const maxBoundaries = 1_000;
/** Boundaries have a few characters more than keys have in common; S3 takes 1,024 bytes. */
const maxCommonBytes = 512;

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/**
 * Texts above the last key that keys may begin with, highest first: what is before the first place where the keys so far differ, with
 * a higher character than the last key's.
 */
function textsAbove({ prefix, samples, last }: ListedSoFar): string[] {
  const texts: string[] = [];
  const deepest = commonLength(samples[0] ?? '', last);
  for (let index = prefix.length; index <= deepest; index++) {
    const higher = alphabetAt([...samples, last], index).filter((char) => char > last.charAt(index));
    texts.push(...higher.toReversed().map((char) => last.slice(0, index) + char));
  }
  return texts.filter((text) => text.isWellFormed());
}

/** A key near the end of the prefix, found by halves; undefined when there is none above those texts. */
async function highKey(fetchPage: FetchPage, listed: ListedSoFar): Promise<string | undefined> {
  const texts = textsAbove(listed);
  let found: string | undefined;
  for (let [from, to, probes] = [0, texts.length, 0]; from < to && probes < maxProbes; probes++) {
    const middle = (from + to) >> 1;
    const { objects } = await fetchPage({ startAfter: texts[middle], maxKeys: 1 });
    const key = objects[0]?.key;
    if (key === undefined) {
      from = middle + 1;
    } else {
      found = key;
      const reached = texts.findIndex((text) => compareUtf8(text, key) < 0);
      to = reached === -1 ? middle : Math.min(reached, middle);
    }
  }
  return found;
}

/**
 * Keys that divide what is still to be listed into ranges of about the same number of pages, as far as names tell: exactly for
 * numbers and hashes, roughly for dates and folders. They need not exist.
 *
 * @returns none when dividing would not pay
 */
export async function findBoundaries(fetchPage: FetchPage, listed: ListedSoFar): Promise<string[]> {
  const { samples, last } = listed;
  const [first] = samples;
  if (first === undefined || Buffer.byteLength(first.slice(0, commonLength(first, last))) > maxCommonBytes) return [];
  const high = await highKey(fetchPage, listed);
  if (high === undefined) return [];
  const digits = new KeyDigits([...samples, last, high], Math.min(commonLength(first, last), commonLength(high, last)));
  const [start, done, end] = [digits.numberOf(first), digits.numberOf(last), digits.numberOf(high)];
  if (done <= start || end <= done) return [];
  const pagesToCome = (samples.length * (end - done)) / (done - start);
  const count = Math.min(maxBoundaries, Math.floor(pagesToCome / pagesPerRange));
  const keys = Array.from({ length: count }, (_, index) =>
    digits.keyOf(Math.floor(done + ((end - done) * (index + 1)) / (count + 1))),
  );
  return usableBoundaries(keys, last);
}

/** Boundaries above a key, in order and each once. */
export function usableBoundaries(boundaries: readonly string[], last: string | undefined): string[] {
  const usable = boundaries.filter((key) => key.isWellFormed() && (last === undefined || compareUtf8(key, last) > 0));
  return Array.from(new Set(usable)).toSorted(compareUtf8);
}
