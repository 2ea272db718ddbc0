import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import type { List } from '../../../../shared/sources/list/list.ts';
import { listItems, listOffset, type ListedItem } from '../../../../shared/sources/list/list-items.ts';
import { allOf, inChunks } from '../../../builders/list-chunks.ts';

const list: List = { name: 'keys.txt', base: { bucket: 'photos', key: 'legacy/' } };

async function itemsOf(
  text: string | Uint8Array,
  options: Partial<List> = {},
  sizes?: number[],
): Promise<ListedItem[]> {
  return allOf(listItems(inChunks(text, sizes), { ...list, ...options }, undefined));
}

/** Items in short: a URI, or the name of what was refused. */
function shortly(items: readonly ListedItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'refused') return `${item.name} ${item.code}`;
    return item.kind === 'url' ? item.url : `s3://${item.bucket}/${item.key}`;
  });
}

describe('what a line names', () => {
  test('keys, taken literally below the base, URIs and URLs', async () => {
    const text = 'a+b%20c.jpg\ns3://other-bucket/x y.jpg\nhttps://example.com/a.png\nHTTP://example.com\n../b\n';
    expect(shortly(await itemsOf(text))).toEqual([
      's3://photos/legacy/a+b%20c.jpg',
      's3://other-bucket/x y.jpg',
      'https://example.com/a.png',
      'HTTP://example.com',
      's3://photos/legacy/../b',
    ]);
  });

  test('a column of a CSV with a header, its fields quoted or not', async () => {
    const csv =
      'id, key ,size\r\n1,"a,b.jpg",3\r\n\r\n2,"say ""cheese"".jpg",4\r\n3,"two\nlines.jpg",5\r\n4\r\n5,last.jpg';
    expect(shortly(await itemsOf(csv, { column: 'key' }))).toEqual([
      's3://photos/legacy/a,b.jpg',
      's3://photos/legacy/say "cheese".jpg',
      's3://photos/legacy/two\nlines.jpg',
      'keys.txt:7 INVALID_MANIFEST',
      's3://photos/legacy/last.jpg',
    ]);
  });

  test('JSON Lines: strings, and objects with what is known of an object', async () => {
    const lines = [
      '{"key":"a.jpg","size":12,"etag":"\\"abc\\"","versionId":"v1","other":[1]}',
      '"b.jpg"',
      '',
      '{"bucket":"elsewhere","key":"s3://literally","size":null}',
      '{"url":"https://example.com/c"}',
    ];
    const items = await itemsOf(lines.join('\n'));
    expect(shortly(items)).toEqual([
      's3://photos/legacy/a.jpg',
      's3://photos/legacy/b.jpg',
      's3://elsewhere/s3://literally',
      'https://example.com/c',
    ]);
    expect(items[0]).toMatchObject({ sizeBytes: 12, etag: 'abc', versionId: 'v1' });
    expect(shortly(await itemsOf('{"path":"a.jpg"}\n', { column: 'path' }))).toEqual(['s3://photos/legacy/a.jpg']);
  });

  test('JSON strings are lines of their own; quoted CSV is CSV', async () => {
    expect(shortly(await itemsOf('"a\\n.jpg"\n'))).toEqual(['s3://photos/legacy/a\n.jpg']);
    expect(shortly(await itemsOf('"a""b.jpg","1"\n'))).toEqual(['s3://photos/legacy/a"b.jpg']);
    expect(shortly(await itemsOf('"key"\n"a.jpg"\n', { column: 'key' }))).toEqual(['s3://photos/legacy/a.jpg']);
  });

  test('a byte order mark is no part of the first key', async () => {
    expect(shortly(await itemsOf('\ufeffa.jpg\n'))).toEqual(['s3://photos/legacy/a.jpg']);
    expect(shortly(await itemsOf('\ufeffkey\na.jpg\n', { column: 'key' }))).toEqual(['s3://photos/legacy/a.jpg']);
  });
});

describe('a line that cannot be read is refused, and the list goes on', () => {
  test.for([
    ['another scheme', 'gs://a/b', 'URL_REFUSED'],
    ['a URL beyond measure', `https://example.com/${'a'.repeat(3_000)}`, 'URL_REFUSED'],
    ['no bucket', 's3:///key', 'INVALID_MANIFEST'],
    ['no key', 's3://photos/', 'INVALID_MANIFEST'],
    ['a key longer than any', 'é'.repeat(510), 'INVALID_MANIFEST'],
    ['an empty first column', ',x', 'INVALID_MANIFEST'],
    ['a line longer than any', 'a'.repeat(limits.maxListLineBytes + 1), 'INVALID_MANIFEST'],
  ] as const)('%s', async ([, line, code]) => {
    const items = await itemsOf(`first.jpg\n${line}\nlast.jpg\n`);
    expect(shortly(items)).toEqual([
      's3://photos/legacy/first.jpg',
      `keys.txt:2 ${code}`,
      's3://photos/legacy/last.jpg',
    ]);
  });

  test('bytes that are no UTF-8', async () => {
    const text = Buffer.concat([Buffer.from('a.jpg\n'), Buffer.from([0xe9, 0x0a]), Buffer.from('b.jpg\n')]);
    expect(shortly(await itemsOf(text))).toEqual([
      's3://photos/legacy/a.jpg',
      'keys.txt:2 INVALID_MANIFEST',
      's3://photos/legacy/b.jpg',
    ]);
  });

  test.for([
    '{"key":',
    '[1]',
    '5',
    'null',
    '{"nokey":1}',
    '{"key":7}',
    '{"key":"a","size":-1}',
    '{"key":"a","bucket":"A/b"}',
  ])('JSON Lines: %s', async (line) => {
    const items = await itemsOf(`{"key":"first"}\n${line}\n{"key":"last"}\n`);
    expect(shortly(items)).toEqual([
      's3://photos/legacy/first',
      'keys.txt:2 INVALID_MANIFEST',
      's3://photos/legacy/last',
    ]);
  });

  test('a line of as many bytes as it may have is read', async () => {
    const padding = ' '.repeat(limits.maxListLineBytes - '{"key":"a"}'.length);
    expect(shortly(await itemsOf(`{"key":"a"}${padding}\r\n{"key":"b"} ${padding}\n{"key":"c"}`))).toEqual([
      's3://photos/legacy/a',
      'keys.txt:2 INVALID_MANIFEST',
      's3://photos/legacy/c',
    ]);
  });
});

describe('what is no list is refused as a whole', () => {
  test.for([
    ['nothing', '', 'no line'],
    ['blank lines', ' \n\r\n', 'no line'],
    ['a JSON array', '[\n"a.jpg"\n]', 'JSON array'],
    ['UTF-16', Buffer.from('\ufeffa.jpg\n', 'utf16le'), 'UTF-16'],
    ['UTF-16 without a mark', Buffer.from('a.jpg\n', 'utf16le'), 'UTF-16'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip'],
    ['no text', Buffer.from('PK\u0003\u0004\u0000\u0000'), 'no text'],
  ] as const)('%s', async ([, content, message]) => {
    await expect(itemsOf(Buffer.from(content))).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_MANIFEST', message: expect.stringContaining(message) }),
    );
  });

  test('a column that is not there, naming those that are', async () => {
    await expect(itemsOf('id,path\n1,a\n', { column: 'key' })).rejects.toThrow('"key" (there are "id", "path")');
    await expect(itemsOf('{"id":1,"path":"a"}\n', { column: 'key' })).rejects.toThrow('"key" (there are "id", "path")');
    await expect(itemsOf('{"id":1}\n')).rejects.toThrow('"key" or "url" (there are "id")');
  });
});

test('memory holds a few lines, however long one without an end is', async () => {
  let [given, kept] = [0, 0];
  async function* endless(): AsyncGenerator<Uint8Array> {
    const chunk = Buffer.alloc(1_048_576, 'a');
    yield Buffer.from('first,"x\n"');
    for (; given < 200; given++) {
      kept = Math.max(kept, process.memoryUsage().arrayBuffers);
      yield chunk;
    }
    yield Buffer.from('\nlast.jpg\n');
  }
  const before = process.memoryUsage().arrayBuffers;
  const items = await allOf(listItems(endless(), list, undefined));
  expect(shortly(items).at(-1)).toBe('s3://photos/legacy/last.jpg');
  expect(given).toBe(200);
  expect(kept - before).toBeLessThan(50_000_000);
});

const line = fc.oneof(
  fc.constantFrom('a.jpg', '"b,\n""c"', '', '"open', 's3://bucket-x/k', 'é🐱.jpg', '{"key":"k"}', '"s"', '\r', '"x"y'),
  fc.constant('l'.repeat(limits.maxListLineBytes + 5)),
);

test('whatever the pieces, and wherever it stopped, the same items follow', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(undefined, 'key'),
      fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 4 }),
      async (lines, column, sizes) => {
        const text = Buffer.from(['x,key', ...lines].slice(column === undefined ? 1 : 0).join('\n'));
        if (text.toString().trim() === '') return;
        const whole = await itemsOf(text, { column });
        expect(await itemsOf(text, { column }, sizes)).toEqual(whole);
        for (const [index, { after }] of whole.entries()) {
          expect(after.length).toBeLessThan(100);
          const rest = inChunks(text.subarray(listOffset(after)), sizes);
          expect(await allOf(listItems(rest, { ...list, column }, after))).toEqual(whole.slice(index + 1));
        }
      },
    ),
    { numRuns: 150 },
  );
});
