import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Member } from '../../../../shared/sources/member.ts';
import { parseLocalHeader } from '../../../../shared/sources/zip/local-header.ts';
import { readZip } from '../../../../shared/sources/zip/read-zip.ts';
import { unpack } from '../../../../shared/sources/zip/inflate-member.ts';
import { zipArchives } from '../../../builders/zip-archives.ts';
import { buildZip, unicodePathExtra, type ZipEntrySpec } from '../../../builders/zip-builder.ts';
import { serveZip, servedArchive } from '../../../builders/zip-endpoint.ts';
import { virtualZip } from '../../../builders/zip-virtual.ts';

/** The bytes of a member, cut out of the archive as a processor does. */
async function contentOf(zip: Buffer, { entry, size, name }: Member): Promise<Buffer> {
  if (entry?.format !== 'zip') throw new Error(`${name} has no entry`);
  const header = zip.subarray(entry.offset);
  const { bytes } = parseLocalHeader(header, entry, size);
  const stored = header.subarray(bytes, bytes + entry.storedBytes);
  async function* chunks() {
    for (let at = 0; at < stored.length; at += 100) yield stored.subarray(at, at + 100);
  }
  return Buffer.concat(await Array.fromAsync(unpack(chunks(), entry, size)));
}

function withoutCursor(member: Member): Omit<Member, 'after'> {
  const { after: _, ...rest } = member;
  return rest;
}

const entrySpec: fc.Arbitrary<ZipEntrySpec> = fc.record(
  {
    name: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((name) => name.replaceAll(/[/\\]/g, '_')),
    data: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    method: fc.constantFrom('store', 'deflate'),
    dataDescriptor: fc.boolean(),
    zip64: fc.boolean(),
    utf8: fc.constant(true),
  },
  { requiredKeys: ['name', 'data', 'utf8'] },
);

const archive = fc.array(entrySpec, { maxLength: 12 }).chain((entries) =>
  fc.record({
    entries: fc.constant(entries),
    order: fc.shuffledSubarray([...entries.keys()], { minLength: entries.length }),
    zip64: fc.boolean(),
    comment: fc.string({ maxLength: 30 }),
    prefix: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  }),
);

test('every entry exactly once, from any cursor and in blocks of any size', { timeout: 60_000 }, async () => {
  const { put } = await zipArchives();
  await fc.assert(
    fc.asyncProperty(archive, fc.integer({ min: 1, max: 500 }), async ({ entries, ...options }, blockBytes) => {
      const zip = buildZip(entries, options);
      const object = await put(zip);
      const members = await Array.fromAsync(readZip(object, undefined));
      const expected = options.order.map((index) => entries[index]);
      expect(members.map(({ name }) => name)).toEqual(expected.map((entry) => entry?.name));
      for (const [index, member] of members.entries())
        expect(await contentOf(zip, member)).toEqual(expected[index]?.data);

      const inBlocks = await Array.fromAsync(readZip(object, undefined, blockBytes));
      expect(inBlocks.map(withoutCursor)).toEqual(members.map(withoutCursor));
      for (const [index, { after }] of inBlocks.entries()) {
        expect(after.length).toBeLessThan(300);
        expect(await Array.fromAsync(readZip(object, after, blockBytes))).toEqual(inBlocks.slice(index + 1));
      }
    }),
    { numRuns: 60 },
  );
});

const fixtures = join(import.meta.dirname, 'fixtures');

/** Two files and a directory, packed by Info-ZIP 3.0, 7-Zip 26.02, bsdtar 3.6 and Python 3.11, plain, forced to zip64 and to streams. */
test.each(await readdir(fixtures))('what real tools write: %s', async (file) => {
  const zip = await readFile(join(fixtures, file));
  const { members } = await zipArchives();
  const read = await members(zip);
  const contents = await Promise.all(
    read.map(async (member) => [member.name, (await contentOf(zip, member)).toString()]),
  );
  expect(Object.fromEntries(contents)).toEqual({ 'a.txt': 'first', 'dir/ä 七.txt': 'x'.repeat(600) });
});

const names: readonly { what: string; entry: ZipEntrySpec; name: string }[] = [
  { what: 'UTF-8 by its flag', entry: { name: 'фото 📷.jpg', utf8: true }, name: 'фото 📷.jpg' },
  { what: 'UTF-8 without a flag (macOS)', entry: { name: 'Zoë.jpg', utf8: false }, name: 'Zoë.jpg' },
  { what: 'CP437', entry: { name: Buffer.from('K\x84se \x9b\xe1.jpg', 'latin1') }, name: 'Käse ¢ß.jpg' },
  {
    what: "Info-ZIP's unicode path",
    entry: { name: Buffer.from('?.jpg'), extra: unicodePathExtra(Buffer.from('?.jpg'), '七.jpg') },
    name: '七.jpg',
  },
  {
    what: 'a unicode path of another name',
    entry: { name: Buffer.from('new.jpg'), extra: unicodePathExtra(Buffer.from('old.jpg'), '七.jpg') },
    name: 'new.jpg',
  },
  { what: 'backslashes (Windows)', entry: { name: 'a\\b\\c.jpg', madeBy: 20 }, name: 'a/b/c.jpg' },
  { what: 'plus, percent, quotes, newline', entry: { name: 'a+b %2B "x"\n<i>.jpg' }, name: 'a+b %2B "x"\n<i>.jpg' },
  // Left as they are: which names are safe is not this reader's to say.
  { what: 'traversal', entry: { name: '../../etc/passwd.jpg' }, name: '../../etc/passwd.jpg' },
  { what: 'a byte-order mark', entry: { name: '\ufeffa.jpg', utf8: true }, name: '\ufeffa.jpg' },
];

test.each(names)('a name in $what', async ({ entry, name }) => {
  const { members } = await zipArchives();
  expect(await members(buildZip([{ data: 'x', ...entry }]))).toMatchObject([{ name, entry: { format: 'zip' } }]);
});

test('a name that claims to be UTF-8 and is not is shown with replaced bytes', async () => {
  const { members } = await zipArchives();
  const zip = buildZip([{ name: Buffer.from('caf\xe9.jpg', 'latin1'), utf8: true }]);
  expect(await members(zip)).toMatchObject([
    { name: 'caf\ufffd.jpg', verdict: { status: 'failed', error: { code: 'ENTRY_UNSAFE' } } },
  ]);
});

test('directories are no members, however they are marked', async () => {
  const { members } = await zipArchives();
  const zip = buildZip([
    { name: 'a/', method: 'store' },
    { name: 'b\\', method: 'store' },
    { name: 'unix', method: 'store', externalAttributes: (0o040755 << 16) >>> 0 },
    { name: 'fat', method: 'store', madeBy: 20, externalAttributes: 0x10 },
    { name: 'full', data: 'not empty', externalAttributes: (0o040755 << 16) >>> 0 },
    { name: 'empty', method: 'store' },
  ]);
  expect((await members(zip)).map(({ name }) => name)).toEqual(['full', 'empty']);
});

test('an empty zip has no members; with and without zip64, with the longest comment', async () => {
  const { members } = await zipArchives();
  for (const zip64 of [false, true])
    expect(await members(buildZip([], { zip64, comment: 'c'.repeat(65_535) }))).toEqual([]);
});

test('a small archive is read by one GET, a large one by its tail and directory', async () => {
  const small = buildZip([{ name: 'a.jpg', data: 'a' }]);
  await using ofSmall = await serveZip({ sizeBytes: small.length, read: (start, end) => small.subarray(start, end) });
  expect(await Array.fromAsync(readZip(servedArchive(ofSmall.url, small.length), undefined))).toHaveLength(1);
  expect(ofSmall.gets()).toBe(1);

  const large = virtualZip(5_000);
  await using ofLarge = await serveZip(large);
  expect(await Array.fromAsync(readZip(servedArchive(ofLarge.url, large.sizeBytes), undefined))).toHaveLength(5_000);
  expect(ofLarge.gets()).toBe(2);
  expect(ofLarge.bytesSent()).toBeLessThan(large.directoryBytes + 200);
});

test('a body that breaks is read on from where it broke', async () => {
  const zip = virtualZip(3_000);
  await using endpoint = await serveZip(zip, 70_000);
  const members = await Array.fromAsync(readZip(servedArchive(endpoint.url, zip.sizeBytes), undefined));
  expect(members).toHaveLength(3_000);
  expect(endpoint.gets()).toBeGreaterThan(3);
  expect(endpoint.bytesSent()).toBeLessThan(zip.directoryBytes + 200);
});

test('when bodies keep breaking it is an error that goes away', async () => {
  const zip = virtualZip(3_000);
  await using endpoint = await serveZip(zip, 10);
  const reading = Array.fromAsync(readZip(servedArchive(endpoint.url, zip.sizeBytes), undefined));
  await expect(reading).rejects.toMatchObject({ code: 'INTERNAL', kind: 'transient' });
});

test('an archive that was overwritten is told from a damaged one', async () => {
  const { put } = await zipArchives();
  const object = await put(buildZip([{ name: 'a.jpg' }]));
  await put(buildZip([{ name: 'b.jpg' }]));
  await expect(Array.fromAsync(readZip(object, undefined))).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});

test('more entries than 16 bits count, without zip64: the directory decides', async () => {
  const { members } = await zipArchives();
  const entries = Array.from({ length: 65_540 }, (_, index) => ({ name: `${index}`, method: 'store' as const }));
  const zip = buildZip(entries);
  expect(zip.readUInt16LE(zip.length - 12)).toBe(4);
  const read = await members(zip);
  expect(read).toHaveLength(65_540);
  expect(read.at(-1)?.name).toBe('65539');
});
