import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8 } from '../../../shared/sources/compare-utf8.ts';
import { listInOrder, type ListPrefixOptions } from '../../../shared/sources/list-ranges.ts';
import { allOf } from '../../builders/list-chunks.ts';
import { keptRanges, pagedKeys } from '../../builders/list-paged-keys.ts';

async function listed(source: ReturnType<typeof pagedKeys>, options: ListPrefixOptions, startAfter?: string) {
  const objects = await allOf(listInOrder(source.fetchPage, '', startAfter, options));
  return objects.map(({ key }) => key);
}

const anyKey = fc.string({
  unit: fc.constantFrom('a', 'b', 'z', '/', '-', 'é', '\ud7ff', '\ue000', '\ufffd', '\uffff', '🐱', '\u{10ffff}'),
  minLength: 1,
  maxLength: 4,
});

test('keys are compared as their UTF-8 bytes are', () => {
  fc.assert(
    fc.property(anyKey, anyKey, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});

test('whatever the boundaries, a divided listing gives what an undivided one does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anyKey, { maxLength: 60 }),
      fc.array(anyKey, { maxLength: 8 }),
      fc.record({
        sequentialPages: fc.integer({ min: 1, max: 3 }),
        parallel: fc.integer({ min: 1, max: 5 }),
        pagesAhead: fc.integer({ min: 1, max: 3 }),
      }),
      fc.integer({ min: 1, max: 4 }),
      fc.option(anyKey, { nil: undefined }),
      async (keys, boundaries, options, keysPerPage, startAfter) => {
        const expected = keys
          .filter((key) => startAfter === undefined || compareUtf8(key, startAfter) > 0)
          .toSorted(compareUtf8);
        const source = pagedKeys(keys, keysPerPage);
        expect(await listed(source, { ...options, ranges: keptRanges(boundaries) }, startAfter)).toEqual(expected);
        expect(await listed(source, { ...options, ranges: keptRanges() }, startAfter)).toEqual(expected);
        expect(await listed(source, {}, startAfter)).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

function spread(count: number, name: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => name(index));
}

/** The same for the same index, without order. */
function scattered(index: number): number {
  return Math.imul(index + 1, 0x9e3779b1) >>> 0;
}

const shapes = {
  'numbers with leading zeros': (index: number) => `photos/IMG_${String(index).padStart(9, '0')}.jpg`,
  'numbers without': (index: number) => `${index}.jpg`,
  hashes: (index: number) => `images/${scattered(index).toString(16).padStart(8, '0')}${index}.jpg`,
  'folders by date': (index: number) =>
    `legacy/${2010 + (scattered(index) % 14)}/${String(1 + (scattered(index) % 12)).padStart(2, '0')}/${index}.jpg`,
  'folders by name': (index: number) => `${scattered(index).toString(36)}/${index}/main.jpg`,
};

/** Whether two long lists are the same: without the time that a comparison in words takes. */
function same(found: readonly string[], expected: readonly string[]): boolean {
  return found.length === expected.length && expected.every((key, index) => found[index] === key);
}

test('50,000 keys take 50 requests', async () => {
  const source = pagedKeys(spread(50_000, shapes['numbers with leading zeros']));
  expect(await listed(source, { ranges: keptRanges() })).toHaveLength(50_000);
  expect(source.requests()).toBe(50);
});

const keysPerPage = 100;

/** Unpadded numbers are not in the order of their numbers, so that the estimate of what is to come is too high. */
test.for([
  { shape: 'numbers with leading zeros', percent: 5 },
  { shape: 'hashes', percent: 5 },
  { shape: 'folders by date', percent: 5 },
  { shape: 'folders by name', percent: 5 },
  { shape: 'numbers without', percent: 8 },
] as const)('$shape: dividing 200 pages adds at most $percent % to the requests', async ({ shape, percent }) => {
  const keys = spread(200 * keysPerPage, shapes[shape]).toSorted(compareUtf8);
  const source = pagedKeys(keys, keysPerPage);
  expect(same(await listed(source, { ranges: keptRanges() }), keys)).toBe(true);
  expect(source.requests()).toBeLessThanOrEqual(200 + 2 * percent);
});

test.for(['numbers with leading zeros', 'hashes', 'folders by date'] as const)(
  '%s: eight ranges of 400 pages are listed at once, also by whoever goes on',
  async (shape) => {
    const keys = spread(400 * keysPerPage, shapes[shape]).toSorted(compareUtf8);
    const ranges = keptRanges();
    const source = pagedKeys(keys, keysPerPage);
    expect(same(await listed(source, { ranges }), keys)).toBe(true);
    expect(source.mostAtOnce()).toBe(8);
    expect(source.requests()).toBeLessThanOrEqual(420);
    const rest = pagedKeys(keys, keysPerPage);
    expect(same(await listed(rest, { ranges }, keys[14_999]), keys.slice(15_000))).toBe(true);
    expect(rest.mostAtOnce()).toBeGreaterThan(4);
  },
);

test('no more pages are fetched than may be kept', async () => {
  const source = pagedKeys(
    spread(1_000, (index: number) => String(1_000 + index)),
    10,
  );
  const ranges = keptRanges(['1200', '1400', '1600', '1800']);
  const listing = listInOrder(source.fetchPage, '', undefined, {
    ranges,
    sequentialPages: 1,
    parallel: 3,
    pagesAhead: 2,
  });
  // Ten keys of the first page, and one of a range.
  for (let taken = 0; taken < 11; taken++) await listing.next();
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  // The first page, two of each of three ranges, and one instead of the page that was taken.
  expect(source.requests()).toBe(1 + 3 * 2 + 1);
  await listing.return(undefined);
});

test('an error is thrown where its page would be, after all before it', async () => {
  const source = pagedKeys(
    spread(100, (index: number) => String(100 + index)),
    10,
  );
  const listing = listInOrder(
    async (request) => {
      if (request.startAfter === '150') throw new Error('no such page');
      return source.fetchPage(request);
    },
    '',
    undefined,
    { ranges: keptRanges(['120', '150']), sequentialPages: 1 },
  );
  const keys: string[] = [];
  await expect(async () => {
    for await (const { key } of listing) keys.push(key);
  }).rejects.toThrow('no such page');
  expect(keys).toEqual(spread(51, (index: number) => String(100 + index)));
});
