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

/** Requests for one key. */
const maxProbes = 6;
/** Share of all requests that dividing may add: probes, a page for the estimate, and one for each range, whose last page reaches beyond it. */
const maxOverhead = 0.05;
/** Bounds the document that holds them, to some 100 kB. */
const maxBoundaries = 1_000;
/** Boundaries have a few characters more than keys have in common; S3 takes 1,024 bytes. */
const maxCommonBytes = 512;

/** No key that begins with a text lies above the text and this. */
const highest = '\u{10ffff}';

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** What keys may begin with instead of `text`, highest first, if they differ in its last character and lie above it. */
function above(text: string, samples: readonly string[]): string[] {
  const index = text.length - 1;
  const char = text.charAt(index);
  const seen = new Set(samples.map((sample) => sample.charAt(index)));
  // What has been the same all along, and is no leading zero, hardly changes: one look.
  if (seen.size === 1 && !/\d/.test(char)) return [`${text}${highest}`];
  // The next characters vary faster: they show hexadecimal digits where this one has been 0 and 1 so far.
  const alphabet = new Set([...alphabetAt(samples, index), ...alphabetAt(samples, index + 1)]);
  const higher = Array.from(alphabet)
    .filter((other) => other > char)
    .toSorted();
  return higher.toReversed().map((other) => text.slice(0, index) + other);
}

/** Texts above the last key that keys may begin with, highest first: they leave it where all keys so far are the same, or just behind. */
function textsAbove({ prefix, samples, last }: ListedSoFar): string[] {
  const deepest = commonLength(samples[0] ?? '', last);
  const beginnings = Array.from({ length: deepest + 1 - prefix.length }, (_, index) =>
    last.slice(0, prefix.length + index + 1),
  );
  return beginnings.flatMap((text) => above(text, [...samples, last])).filter((text) => text.isWellFormed());
}

/** A key near the end of the prefix, found by halves; undefined when there is none above those texts. */
async function highKey(
  fetchPage: FetchPage,
  listed: ListedSoFar,
): Promise<{ readonly key: string | undefined; readonly probes: number }> {
  const texts = textsAbove(listed);
  let found: string | undefined;
  let probes = 0;
  for (let [from, to] = [0, texts.length]; from < to && probes < maxProbes; probes++) {
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
  return { key: found, probes };
}

interface NumberRange {
  readonly start: number;
  readonly end: number;
}

/** Pages in a range, if there are as many in it as in the one that was listed. */
function pagesIn({ start, end }: NumberRange, listed: NumberRange, pages: number): number {
  return listed.end > listed.start ? Math.max(0, (pages * (end - start)) / (listed.end - listed.start)) : Infinity;
}

/** How many pages are still to come, judging by those listed and by one in the middle of what is to come; the lower of both. */
async function estimatedPages(
  fetchPage: FetchPage,
  digits: KeyDigits,
  toCome: NumberRange,
  samples: readonly string[],
): Promise<number> {
  const first = digits.numberOf(samples[0] ?? '');
  const byListed = pagesIn(toCome, { start: first, end: toCome.start }, samples.length);
  const middle = digits.keyOf(Math.floor((toCome.start + toCome.end) / 2));
  const { objects } = await fetchPage({ startAfter: middle });
  const [start, end] = [digits.numberOf(objects[0]?.key ?? ''), digits.numberOf(objects.at(-1)?.key ?? '')];
  const estimate = Math.min(byListed, pagesIn(toCome, { start, end }, 1));
  return Number.isFinite(estimate) ? estimate : 0;
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
  const { key: high, probes } = await highKey(fetchPage, listed);
  if (high === undefined) return [];
  const digits = new KeyDigits([...samples, last, high], Math.min(commonLength(first, last), commonLength(high, last)));
  const toCome = { start: digits.numberOf(last), end: digits.numberOf(high) };
  const pages = samples.length + (await estimatedPages(fetchPage, digits, toCome, samples));
  const count = Math.min(maxBoundaries, Math.floor(pages * maxOverhead) - probes - 1);
  const keys = Array.from({ length: Math.max(0, count) }, (_, index) =>
    digits.keyOf(Math.floor(toCome.start + ((toCome.end - toCome.start) * (index + 1)) / (count + 1))),
  );
  return usableBoundaries(keys, last);
}

/** Boundaries above a key, in order and each once. */
export function usableBoundaries(boundaries: readonly string[], last: string | undefined): string[] {
  const usable = boundaries.filter((key) => key.isWellFormed() && (last === undefined || compareUtf8(key, last) > 0));
  return Array.from(new Set(usable)).toSorted(compareUtf8);
}
