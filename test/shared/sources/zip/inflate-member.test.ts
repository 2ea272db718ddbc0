import { crc32, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { unpack } from '../../../../shared/sources/zip/inflate-member.ts';
import type { ZipEntry } from '../../../../shared/sources/zip/zip-entry.ts';

const data = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) % 253));
const deflated = deflateRawSync(data);

function entryOf(stored: Buffer, changes: Partial<ZipEntry> = {}): ZipEntry {
  return {
    format: 'zip',
    offset: 0,
    headerBytes: 35,
    storedBytes: stored.length,
    method: 'deflate',
    crc32: crc32(data),
    nameCrc32: 0,
    ...changes,
  };
}

/** In chunks, and counts those that were taken. */
function chunksOf(stored: Buffer, chunkBytes: number) {
  const taken = { chunks: 0, ended: false };
  async function* chunks() {
    try {
      for (let at = 0; at < stored.length; at += chunkBytes) {
        taken.chunks += 1;
        yield stored.subarray(at, at + chunkBytes);
      }
    } finally {
      taken.ended = true;
    }
  }
  return { taken, chunks: chunks() };
}

async function unpacked(stored: Buffer, entry: ZipEntry, size: number, chunkBytes = 10_000): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(unpack(chunksOf(stored, chunkBytes).chunks, entry, size)));
}

test.each([1_000, 65_536, 1_000_000])('members come out as they were, in chunks of %i bytes', async (chunkBytes) => {
  expect((await unpacked(deflated, entryOf(deflated), data.length, chunkBytes)).equals(data)).toBe(true);
  const stored = entryOf(data, { method: 'store' });
  expect((await unpacked(data, stored, data.length, chunkBytes)).equals(data)).toBe(true);
});

test('an empty member may have no deflated data at all', async () => {
  const empty = Buffer.alloc(0);
  expect(await unpacked(empty, entryOf(empty, { crc32: 0 }), 0)).toEqual(empty);
  const block = deflateRawSync(empty);
  expect(await unpacked(block, entryOf(block, { crc32: 0 }), 0)).toEqual(empty);
});

const garbage = Buffer.alloc(50_000, 0xa5);
const broken: readonly { what: string; stored: Buffer; size: number; changes?: Partial<ZipEntry>; says: RegExp }[] = [
  { what: 'more than declared', stored: deflated, size: data.length - 1, says: /more than the declared 299999/ },
  { what: 'less than declared', stored: deflated, size: data.length + 1, says: /300000 bytes of the declared 300001/ },
  { what: 'another CRC-32', stored: deflated, size: data.length, changes: { crc32: 1 }, says: /CRC-32/ },
  { what: 'no deflated data', stored: garbage, size: data.length, says: /cannot be inflated/ },
  {
    what: 'data that is cut off',
    stored: deflated.subarray(0, -5),
    size: data.length,
    says: /cannot be inflated|of the declared/,
  },
  {
    what: 'bytes behind the data, in the same chunk',
    stored: Buffer.concat([deflated, Buffer.alloc(3)]),
    size: data.length,
    says: /ends after/,
  },
  {
    what: 'bytes behind the data, many chunks of them',
    stored: Buffer.concat([deflated, garbage]),
    size: data.length,
    says: /ends after/,
  },
  {
    what: 'stored data and another CRC-32',
    stored: garbage,
    size: garbage.length,
    changes: { method: 'store' },
    says: /CRC-32/,
  },
];

test.each(broken)('$what is refused', async ({ stored, size, changes, says }) => {
  for (const chunkBytes of [stored.length, deflated.length, 1_000]) {
    const reading = unpacked(stored, entryOf(stored, changes), size, chunkBytes);
    await expect(reading, `chunks of ${chunkBytes}`).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
      message: expect.stringMatching(says),
    });
  }
});

test('a bomb is left as soon as it gives more than it declares', async () => {
  const bomb = deflateRawSync(Buffer.alloc(50_000_000), { level: 1 });
  const { taken, chunks } = chunksOf(bomb, 1_000);
  let given = 0;
  const reading = (async () => {
    for await (const chunk of unpack(chunks, entryOf(bomb), 100_000)) given += chunk.length;
  })();
  await expect(reading).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' });
  expect(given).toBeLessThanOrEqual(100_000);
  await expect.poll(() => taken.ended).toBe(true);
  expect(taken.chunks * 1_000).toBeLessThan(bomb.length / 2);
});

test('what breaks while the bytes are read is thrown as it is', async () => {
  const lost = new Error('connection lost');
  for (const method of ['deflate', 'store'] as const) {
    async function* breaking() {
      yield deflated.subarray(0, 1_000);
      throw lost;
    }
    const reading = Array.fromAsync(unpack(breaking(), entryOf(deflated, { method }), data.length));
    await expect(reading).rejects.toBe(lost);
  }
});

test('who stops reading ends the source too', async () => {
  const { taken, chunks } = chunksOf(deflated, 1_000);
  for await (const chunk of unpack(chunks, entryOf(deflated), data.length)) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  await expect.poll(() => taken.ended).toBe(true);
});

test('a caller that gives too few bytes is not told that the archive is damaged', async () => {
  const entry = entryOf(data, { method: 'store' });
  await expect(unpacked(data.subarray(1), entry, data.length)).rejects.not.toHaveProperty('code');
});
