import { expect, test } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import type { Member } from '../../../../shared/sources/member.ts';
import { readZip } from '../../../../shared/sources/zip/read-zip.ts';
import { zipArchives } from '../../../builders/zip-archives.ts';
import { buildZip, extraPart, uint64s, type ZipEntrySpec, type ZipOptions } from '../../../builders/zip-builder.ts';
import { serveZip, servedArchive } from '../../../builders/zip-endpoint.ts';
import { virtualZip } from '../../../builders/zip-virtual.ts';

const ones = 0xffffffff;
const neighbours: readonly ZipEntrySpec[] = [
  { name: 'before.jpg', data: 'before' },
  { name: 'after.jpg', data: 'after' },
];

const ofOneEntry: readonly { what: string; entry: Omit<ZipEntrySpec, 'name'>; code: string; says: RegExp }[] = [
  { what: 'encrypted', entry: { central: { flags: 1 } }, code: 'UNSUPPORTED_FORMAT', says: /encrypted/ },
  {
    what: 'encrypted strongly',
    entry: { central: { flags: 0x41 } },
    code: 'UNSUPPORTED_FORMAT',
    says: /without a password/,
  },
  { what: 'encrypted with AES', entry: { central: { method: 99 } }, code: 'UNSUPPORTED_FORMAT', says: /encrypted/ },
  { what: 'deflate64', entry: { central: { method: 9 } }, code: 'UNSUPPORTED_FORMAT', says: /deflate64/ },
  { what: 'bzip2', entry: { central: { method: 12 } }, code: 'UNSUPPORTED_FORMAT', says: /bzip2/ },
  { what: 'lzma', entry: { central: { method: 14 } }, code: 'UNSUPPORTED_FORMAT', says: /lzma/ },
  { what: 'zstd', entry: { central: { method: 93 } }, code: 'UNSUPPORTED_FORMAT', says: /zstd/ },
  { what: 'an unknown method', entry: { central: { method: 1234 } }, code: 'UNSUPPORTED_FORMAT', says: /1234/ },
  { what: 'on another disk', entry: { central: { disk: 1 } }, code: 'UNSUPPORTED_FORMAT', says: /disk 2/ },
  {
    what: 'a symbolic link',
    entry: { data: '/etc/passwd', externalAttributes: (0o120777 << 16) >>> 0 },
    code: 'ENTRY_UNSAFE',
    says: /symbolic link/,
  },
  {
    what: 'a symbolic link of macOS',
    entry: { data: 'x', madeBy: 0x1315, externalAttributes: (0o120777 << 16) >>> 0 },
    code: 'ENTRY_UNSAFE',
    says: /symbolic link/,
  },
  { what: 'a device', entry: { externalAttributes: (0o060644 << 16) >>> 0 }, code: 'ENTRY_UNSAFE', says: /device/ },
  {
    what: 'stored in fewer bytes than it has',
    entry: { data: 'abc', method: 'store', central: { sizeBytes: 300 } },
    code: 'ARCHIVE_CORRUPT',
    says: /3 bytes of 300/,
  },
  {
    what: 'inflated beyond what deflate can do',
    entry: { data: 'abc', central: { sizeBytes: 500_000_000 } },
    code: 'ARCHIVE_CORRUPT',
    says: /500000000/,
  },
  {
    what: 'reaching into the central directory',
    entry: { data: 'abc', central: { storedBytes: 100_000 } },
    code: 'ARCHIVE_CORRUPT',
    says: /central directory/,
  },
  {
    what: 'behind the archive',
    entry: { data: 'abc', central: { offset: 0xfffffff0 } },
    code: 'ARCHIVE_CORRUPT',
    says: /central directory/,
  },
  {
    what: 'without its zip64 extra field',
    entry: { data: 'abc', central: { sizeBytes: ones } },
    code: 'ARCHIVE_CORRUPT',
    says: /zip64/,
  },
  {
    what: 'with a zip64 extra field that is cut off',
    entry: { data: 'abc', central: { sizeBytes: ones, storedBytes: ones, extra: extraPart(1, uint64s(3)) } },
    code: 'ARCHIVE_CORRUPT',
    says: /zip64/,
  },
  {
    what: 'of 2⁶⁰ bytes',
    entry: { data: 'abc', central: { sizeBytes: ones, extra: extraPart(1, uint64s(2 ** 60)) } },
    code: 'ARCHIVE_CORRUPT',
    says: /zip64/,
  },
];

test.each(ofOneEntry)('an entry $what fails alone', async ({ entry, code, says }) => {
  const { members } = await zipArchives();
  const [before, after] = neighbours;
  if (before === undefined || after === undefined) throw new Error('two neighbours expected');
  const read = await members(buildZip([before, { name: 'bad.jpg', ...entry }, after]));
  expect(read).toMatchObject([
    { name: 'before.jpg', entry: {} },
    { name: 'bad.jpg', verdict: { status: 'failed', error: { code, message: expect.stringMatching(says) } } },
    { name: 'after.jpg', entry: {} },
  ]);
  expect(read[1]).not.toHaveProperty('entry');
});

test('an entry too large for one image fails alone', async () => {
  const large = limits.maxImageBytes + 1;
  const deflated = Math.ceil(large / 1_000);
  const zip = buildZip([
    { name: 'huge.jpg', stored: Buffer.alloc(deflated), central: { sizeBytes: large } },
    ...neighbours,
  ]);
  const { members } = await zipArchives();
  expect(await members(zip)).toMatchObject([
    { name: 'huge.jpg', size: large, verdict: { error: { code: 'TOO_LARGE' } } },
    { entry: {} },
    { entry: {} },
  ]);
});

/** Ten entries of 500 MB each, as far as that goes by deflate's best ratio. */
const bomb = Array.from({ length: 10 }, (_, index) => ({
  name: `${index}.jpg`,
  stored: Buffer.alloc(500_000),
  central: { sizeBytes: 500_000_000 },
}));

const ofTheWhole: readonly { what: string; zip: Buffer; code: string; says: RegExp }[] = [
  { what: 'no bytes at all', zip: Buffer.alloc(0), code: 'ARCHIVE_CORRUPT', says: /no end record/ },
  { what: 'no zip', zip: Buffer.alloc(100_000, 'PK'), code: 'ARCHIVE_CORRUPT', says: /no end record/ },
  {
    what: 'its end cut off',
    zip: buildZip(neighbours).subarray(0, -30),
    code: 'ARCHIVE_CORRUPT',
    says: /truncated/,
  },
  {
    what: 'its last byte cut off',
    zip: buildZip(neighbours, { comment: 'made by hand' }).subarray(0, -1),
    code: 'ARCHIVE_CORRUPT',
    says: /truncated/,
  },
  {
    what: 'something appended',
    zip: Buffer.concat([buildZip(neighbours), Buffer.alloc(10)]),
    code: 'ARCHIVE_CORRUPT',
    says: /appended/,
  },
  {
    what: 'another zip in its comment',
    zip: buildZip(neighbours, { comment: buildZip([]) }),
    code: 'ARCHIVE_CORRUPT',
    says: /two end records/,
  },
  {
    what: 'data in front that its offsets do not count (self-extractor, polyglot)',
    zip: buildZip(neighbours, { prefix: Buffer.from('GIF89a'), offsetsFromZip: true }),
    code: 'ARCHIVE_CORRUPT',
    says: /not where the zip says/,
  },
  {
    what: 'data between directory and end',
    zip: buildZip(neighbours, { gap: Buffer.alloc(7) }),
    code: 'ARCHIVE_CORRUPT',
    says: /not where the zip says/,
  },
  ...[
    { what: 'a directory elsewhere', end: { directoryOffset: 3 } },
    { what: 'a shorter directory', end: { directoryBytes: 60 } },
    { what: 'a directory behind the end', end: { directoryOffset: 0xfffffff0 } },
  ].map(({ what, end }) => ({
    what,
    zip: buildZip(neighbours, { end }),
    code: 'ARCHIVE_CORRUPT',
    says: /not where the zip says/,
  })),
  ...[
    { what: 'more entries declared than there are', end: { entries: 3 }, says: /cannot hold|declares 3/ },
    { what: 'fewer entries declared than there are', end: { entries: 1 }, says: /declares 1 entries.*holds 2/ },
    { what: 'several disks', end: { disk: 1 }, says: /several disks/, code: 'UNSUPPORTED_FORMAT' },
  ].map(({ what, end, says, code = 'ARCHIVE_CORRUPT' }) => ({ what, zip: buildZip(neighbours, { end }), code, says })),
  ...[
    { what: 'a zip64 count of another number', end: { zip64Entries: 1 }, says: /holds 2/ },
    { what: 'a zip64 count beyond the directory', end: { zip64Entries: 2 ** 40 }, says: /cannot hold/ },
    { what: 'two end records that disagree', end: { entries: 1 }, says: /contradict/ },
    { what: 'a locator into nowhere', end: { locatorOffset: 2 ** 50 }, says: /locator/ },
    { what: 'a locator to something else', end: { locatorOffset: 0 }, says: /locator/ },
  ].map(({ what, end, says }) => ({
    what,
    zip: buildZip(neighbours, { zip64: true, end } satisfies ZipOptions),
    code: 'ARCHIVE_CORRUPT',
    says,
  })),
  {
    what: 'entries that share their bytes',
    zip: buildZip([...neighbours, { name: 'again.jpg', data: 'before', central: { offset: 0 } }]),
    code: 'ARCHIVE_CORRUPT',
    says: /overlap/,
  },
  {
    what: 'an entry that reaches into the next by one byte',
    zip: buildZip([
      { name: 'long.jpg', data: Buffer.alloc(20), method: 'store', central: { sizeBytes: 21, storedBytes: 21 } },
      ...neighbours,
    ]),
    code: 'ARCHIVE_CORRUPT',
    says: /overlap/,
  },
  {
    what: 'an entry within another',
    zip: buildZip([
      { name: 'outer.jpg', data: Buffer.alloc(200), method: 'store' },
      { name: 'inner.jpg', data: Buffer.alloc(20), method: 'store', central: { offset: 80 } },
    ]),
    code: 'ARCHIVE_CORRUPT',
    says: /overlap/,
  },
  {
    what: 'overlapping entries, listed backwards',
    zip: buildZip([...neighbours, { name: 'again.jpg', data: 'before', central: { offset: 10 } }], {
      order: [2, 1, 0],
    }),
    code: 'ARCHIVE_CORRUPT',
    says: /overlap/,
  },
  {
    what: 'more content than its bytes may expand to',
    zip: buildZip(bomb),
    code: 'ARCHIVE_LIMIT',
    says: /expand/,
  },
];

/** What is told before the archive is refused, and the refusal. */
async function readUntilRefused(members: AsyncGenerator<Member>) {
  const told: string[] = [];
  try {
    for await (const { name } of members) told.push(name);
  } catch (error) {
    return { told, error };
  }
  throw new Error(`nothing was refused, told: ${told.join(', ')}`);
}

test.each(ofTheWhole)('a zip with $what is refused before it tells of a member', async ({ zip, code, says }) => {
  const { put } = await zipArchives();
  const { told, error } = await readUntilRefused(readZip(await put(zip), undefined));
  expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
  expect(told).toEqual([]);
});

test('a directory that is damaged in the middle is refused', async () => {
  const zip = buildZip(neighbours);
  zip.writeUInt8(0, zip.lastIndexOf('PK\x01\x02'));
  const { members } = await zipArchives();
  await expect(members(zip)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' });
});

test('a directory that ends within a header is refused', async () => {
  const zip = buildZip(neighbours);
  // The last header's name grows by a byte that is not there.
  const last = zip.lastIndexOf('PK\x01\x02');
  zip.writeUInt16LE(zip.readUInt16LE(last + 28) + 1, last + 28);
  const { members } = await zipArchives();
  await expect(members(zip)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT', message: /within a header/ });
});

test('a zip beyond 4 GiB without zip64, as macOS writes it, is refused with a hint', async () => {
  const zip = buildZip(neighbours);
  // Its offsets are those of the small zip: what 32 bits keep of them.
  const sizeBytes = 2 ** 32 + zip.length;
  const read = (start: number, end: number) => {
    const bytes = zip.subarray(Math.max(0, start - 2 ** 32), end - 2 ** 32);
    return Buffer.concat([Buffer.alloc(end - start - bytes.length), bytes]);
  };
  await using endpoint = await serveZip({ sizeBytes, read });
  const { error } = await readUntilRefused(readZip(servedArchive(endpoint.url, sizeBytes), undefined));
  expect(error).toMatchObject({ code: 'ARCHIVE_CORRUPT', message: expect.stringMatching(/writes zip64/) });
});

test('too many entries are refused by their declared count alone', async () => {
  const zip = virtualZip(limits.maxArchiveEntries + 1);
  await using endpoint = await serveZip(zip);
  const { told, error } = await readUntilRefused(readZip(servedArchive(endpoint.url, zip.sizeBytes), undefined));
  expect(error).toMatchObject({ code: 'ARCHIVE_LIMIT' });
  expect(told).toEqual([]);
  expect(endpoint.gets()).toBe(1);
});

test('whatever byte of a small zip is changed, reading ends', async () => {
  const { members } = await zipArchives();
  const zip = buildZip([{ name: 'a.jpg', data: 'abc', zip64: true }, ...neighbours], { zip64: true, comment: 'c' });
  const outcomes = new Set<string>();
  for (let at = zip.indexOf('PK\x01\x02'); at < zip.length; at++) {
    const changed = Buffer.from(zip);
    changed.writeUInt8((zip[at] ?? 0) ^ 0xff, at);
    try {
      outcomes.add(`${(await members(changed)).length} members`);
    } catch (error) {
      outcomes.add(error instanceof Error && 'code' in error ? String(error.code) : String(error));
    }
  }
  expect([...outcomes].toSorted()).toEqual(['3 members', 'ARCHIVE_CORRUPT', 'UNSUPPORTED_FORMAT']);
});
