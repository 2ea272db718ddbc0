import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import type { Member } from '../../../../shared/sources/member.ts';
import { readCompressedTar, type ScratchWriter } from '../../../../shared/sources/tar/compressed-tar.ts';
import { archiveShelf, readAll, summaryOf } from '../../../builders/tar-archives.ts';
import { tarParts } from '../../../builders/tar-arbitrary.ts';
import { endOfTar, tarHeader, tarOf, tarPiece } from '../../../builders/tar-builder.ts';

const compressions = {
  gzip: (bytes: Uint8Array | string): Buffer => gzipSync(bytes),
  /** With a checksum, as the zstd tool has it. */
  zstd: (bytes: Uint8Array | string): Buffer =>
    zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
} as const;
const formats = ['gzip', 'zstd'] as const;

/** Bytes that no compression makes smaller. */
function noise(bytes: number, seed = 1): Buffer {
  const data = Buffer.alloc(bytes);
  for (let at = 0, state = seed; at < bytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[at] = state >>> 24;
  }
  return data;
}

interface Scratch extends ScratchWriter {
  /** Bytes of what was written, by index. */
  readonly written: Map<number, number>;
  bytesOf(member: Member): Promise<Buffer>;
}

async function readObject(s3: S3Client, key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'drops', Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Scratch objects in the embedded S3. */
function scratchIn(s3: S3Client): Scratch {
  const written = new Map<number, number>();
  const read = new Map<string, Buffer>();
  return {
    written,
    async write(index, body) {
      const key = `scratch/${index}`;
      await s3.send(new PutObjectCommand({ Bucket: 'drops', Key: key, Body: body }));
      written.set(index, body.length);
      return key;
    },
    async bytesOf({ size, entry }) {
      if (entry?.format !== 'tar' || entry.scratch === undefined) throw new Error('in no scratch object');
      const { key, offset } = entry.scratch;
      const body = read.get(key) ?? (await readObject(s3, key));
      read.set(key, body);
      return body.subarray(offset, offset + size);
    },
  };
}

describe.each(formats)('%s', (format) => {
  const compress = compressions[format];

  test('every file once, its bytes in a scratch object that is written by then, from any cursor on', async () => {
    const { s3, put } = await archiveShelf();
    await fc.assert(
      fc.asyncProperty(tarParts, fc.nat(), fc.nat(), async (parts, cutSeed, resumeSeed) => {
        const tar = Buffer.concat([...parts.map(({ blocks }) => blocks), endOfTar]);
        const files = parts.flatMap(({ file }) => file ?? []);
        // Two compressed streams, one after the other, are one file.
        const cut = cutSeed % tar.length;
        const archive = await put(Buffer.concat([compress(tar.subarray(0, cut)), compress(tar.subarray(cut))]));
        const scratch = scratchIn(s3);
        const members: Member[] = [];
        for await (const member of readCompressedTar(archive, { format, scratch })) {
          const data = await scratch.bytesOf(member);
          expect(data.equals(files[members.length]?.data ?? Buffer.from('none'))).toBe(true);
          const offset = member.entry?.offset ?? 0;
          expect(data.equals(tar.subarray(offset, offset + data.length))).toBe(true);
          members.push(member);
        }
        expect(members.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
        if (members.length === 0) return;
        const last = resumeSeed % members.length;
        const reading = { format, scratch: scratchIn(s3), after: members[last]?.after, rangeBytes: 70_000 };
        expect(await readAll(readCompressedTar(archive, reading))).toEqual({ members: members.slice(last + 1) });
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  test('an archive cut anywhere gives the members before the cut, and says that it is damaged', async () => {
    const { s3, put } = await archiveShelf();
    const names = Array.from({ length: 6 }, (_, index) => `${index}.jpg`);
    const whole = compress(tarOf(...names.map((name, index) => ({ name, data: noise(40_000, index) }))));
    for (const percent of [0, 1, 20, 40, 60, 80, 99]) {
      const archive = await put(whole.subarray(0, Math.floor((whole.length * percent) / 100)));
      const reading = await readAll(readCompressedTar(archive, { format, scratch: scratchIn(s3) }));
      expect(reading.error?.code, `${percent} %`).toBe('ARCHIVE_CORRUPT');
      const complete = reading.members.filter(({ verdict }) => verdict === undefined).map(({ name }) => name);
      expect(complete).toEqual(names.slice(0, complete.length));
      expect(complete.length).toBeLessThanOrEqual(Math.floor(percent / 16));
      expect(reading.members.length - complete.length).toBeLessThanOrEqual(1);
      const blocks = await readAll(readCompressedTar(archive, { format, scratch: scratchIn(s3), rangeBytes: 65_536 }));
      expect(blocks).toEqual(reading);
    }
  });

  test('one damaged byte is found', async () => {
    const { s3, put } = await archiveShelf();
    const whole = compress(tarOf({ name: 'a.jpg', data: noise(300_000) }));
    const middle = Math.floor(whole.length / 2);
    whole[middle] = (whole[middle] ?? 0) ^ 0x10;
    const reading = await readAll(readCompressedTar(await put(whole), { format, scratch: scratchIn(s3) }));
    expect(reading.error?.code).toBe('ARCHIVE_CORRUPT');
  });

  const small = { ...limits, maxImageBytes: 100_000, freeExpandedBytes: 1_000_000, maxArchiveRatio: 10 };

  const table: readonly (readonly [string, Buffer, readonly string[]])[] = [
    ['no tar in it', compress('a lone picture'), ['throws ARCHIVE_CORRUPT']],
    ['nothing in it', compress(''), ['throws ARCHIVE_CORRUPT']],
    ['an empty tar', compress(Buffer.alloc(10_240)), []],
    [
      'too large a member',
      compress(tarOf({ name: 'big', data: noise(150_000) }, { name: 'b', data: noise(9) })),
      ['big: TOO_LARGE', 'b'],
    ],
    ['a link', compress(tarOf({ name: 's', type: '2' }, { name: 'b', data: noise(9) })), ['s: ENTRY_UNSAFE', 'b']],
    [
      'a tar that ends in a file',
      compress(tarOf({ name: 'a', data: noise(9) }, { name: 'b', data: noise(9_000) }).subarray(0, 4_000)),
      ['a', 'b: ARCHIVE_CORRUPT'],
    ],
    [
      'a tar that ends in a file that is too large',
      compress(tarOf({ name: 'b', data: noise(150_000) }).subarray(0, 4_000)),
      ['b: TOO_LARGE', 'throws ARCHIVE_CORRUPT'],
    ],
    [
      'a damaged header',
      compress(tarOf({ name: 'a', data: noise(9) }, { name: 'b', checksum: 'wrong' })),
      ['a', 'throws ARCHIVE_CORRUPT'],
    ],
    ['no end mark', compress(tarPiece({ name: 'a', data: noise(9) })), ['a']],
    [
      'a bomb behind a member',
      compress(tarOf({ name: 'a', data: noise(9) }, { name: 'bomb', data: Buffer.alloc(2_000_000) })),
      ['a', 'bomb: TOO_LARGE', 'throws ARCHIVE_LIMIT'],
    ],
    [
      'a bomb behind the end',
      compress(Buffer.concat([tarOf({ name: 'a', data: noise(9) }), Buffer.alloc(2_000_000)])),
      ['a', 'throws ARCHIVE_LIMIT'],
    ],
    ['a compressed tar in it', compress(compress(tarOf({ name: 'a', data: noise(9) }))), ['throws ARCHIVE_CORRUPT']],
  ];

  test('what cannot be read, and what can beside it', async () => {
    const { s3, put } = await archiveShelf();
    for (const [what, bytes, gives] of table) {
      const reading = { format, scratch: scratchIn(s3), bounds: small };
      expect(summaryOf(await readAll(readCompressedTar(await put(bytes), reading))), what).toEqual(gives);
    }
  });

  test('a bomb is stopped at its limit: a few bytes more are unpacked, not all', async () => {
    const { s3, put } = await archiveShelf();
    const zeros = compress(Buffer.alloc(67_108_864));
    const header = compress(tarHeader({ name: 'bomb', sizeBytes: 64 * 67_108_864 }));
    const archive = await put(Buffer.concat([header, ...Array.from({ length: 64 }, () => zeros)]));
    const before = process.memoryUsage().rss;
    const reading = await readAll(readCompressedTar(archive, { format, scratch: scratchIn(s3), bounds: small }));
    expect(summaryOf(reading)).toEqual(['bomb: TOO_LARGE', 'throws ARCHIVE_LIMIT']);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  test('a cursor that cannot be reached in time is ARCHIVE_LIMIT with a way out; behind it, time is not asked about', async () => {
    const { s3, put } = await archiveShelf();
    const archive = await put(
      compress(tarOf({ name: 'a', data: noise(200_000) }, { name: 'b', data: noise(200_000) })),
    );
    const { members } = await readAll(
      readCompressedTar(archive, { format, scratch: scratchIn(s3), outOfTime: () => true }),
    );
    expect(members.map(({ name }) => name)).toEqual(['a', 'b']);
    const late = { format, scratch: scratchIn(s3), after: members[0]?.after, outOfTime: () => true };
    const { error } = await readAll(readCompressedTar(archive, late));
    expect(error).toMatchObject({ code: 'ARCHIVE_LIMIT', kind: 'permanent' });
    expect(error?.message).toContain('use an uncompressed tar or a zip');
  });

  test('one that is too large is refused without a request', async () => {
    const { s3 } = await archiveShelf();
    const archive = {
      s3,
      bucket: 'drops',
      key: 'none',
      pin: { IfMatch: '"x"' },
      sizeBytes: limits.maxCompressedTarBytes + 1,
    };
    const { error } = await readAll(readCompressedTar(archive, { format, scratch: scratchIn(s3) }));
    expect(error?.code).toBe('ARCHIVE_LIMIT');
    expect(error?.message).toContain('use an uncompressed tar or a zip');
  });
});

test('zeros behind a gzip, as tapes have them, are no damage', async () => {
  const { s3, put } = await archiveShelf();
  const packed = gzipSync(tarOf({ name: 'a', data: noise(9) }));
  const archive = await put(Buffer.concat([packed, Buffer.alloc(100_000)]));
  expect(summaryOf(await readAll(readCompressedTar(archive, { format: 'gzip', scratch: scratchIn(s3) })))).toEqual([
    'a',
  ]);
});

test('members are packed into objects of 32 MiB, always in the same way', async () => {
  const { s3, put } = await archiveShelf();
  const mebibyte = 1_048_576;
  const sizes = [20, 13, 8, 33, 1, 0].map((size) => size * mebibyte);
  const tar = tarOf(...sizes.map((size, index) => ({ name: `${index}.tif`, data: Buffer.alloc(size, index + 1) })));
  const archive = await put(zstdCompressSync(tar));
  const scratch = scratchIn(s3);
  const { members } = await readAll(readCompressedTar(archive, { format: 'zstd', scratch }));
  expect(members.map(({ entry }) => (entry?.format === 'tar' ? entry.scratch : undefined))).toEqual([
    { key: 'scratch/0', offset: 0 },
    { key: 'scratch/1', offset: 0 },
    { key: 'scratch/1', offset: 13 * mebibyte },
    { key: 'scratch/2', offset: 0 },
    { key: 'scratch/3', offset: 0 },
    { key: 'scratch/3', offset: mebibyte },
  ]);
  expect([...scratch.written.values()].map((bytes) => bytes / mebibyte)).toEqual([20, 21, 33, 1]);
  // From a cursor in the second object on, the first is not written again.
  const again = scratchIn(s3);
  const rest = await readAll(readCompressedTar(archive, { format: 'zstd', scratch: again, after: members[1]?.after }));
  expect(rest).toEqual({ members: members.slice(2) });
  expect([...again.written.keys()]).toEqual([1, 2, 3]);
});
