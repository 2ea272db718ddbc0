import { expect, test } from 'vitest';
import { parseLocalHeader } from '../../../../shared/sources/zip/local-header.ts';
import type { ZipEntry } from '../../../../shared/sources/zip/zip-entry.ts';
import { zipArchives } from '../../../builders/zip-archives.ts';
import { buildZip, extraPart, uint64s, type ZipEntrySpec } from '../../../builders/zip-builder.ts';

const data = Buffer.from('some bytes');
const sizeBytes = data.length;

/** A zip of one entry, and that entry as the central directory has it. */
async function zipOf(spec: Omit<ZipEntrySpec, 'name'>): Promise<{ zip: Buffer; entry: ZipEntry }> {
  const zip = buildZip([{ name: 'a.jpg', data, ...spec }]);
  const { members } = await zipArchives();
  const entry = (await members(zip))[0]?.entry;
  if (entry?.format !== 'zip') throw new Error('one entry expected');
  return { zip, entry };
}

const good: readonly { what: string; spec: Omit<ZipEntrySpec, 'name'>; expected: boolean }[] = [
  { what: 'as the central directory has it', spec: {}, expected: true },
  { what: 'with a data descriptor', spec: { dataDescriptor: true }, expected: true },
  { what: 'with zip64 numbers', spec: { zip64: true }, expected: false },
  { what: 'with zip64 numbers and a data descriptor', spec: { zip64: true, dataDescriptor: true }, expected: false },
  {
    what: 'with an extra field of its own',
    spec: { local: { extra: extraPart(0xcafe, Buffer.alloc(9)) } },
    expected: false,
  },
  {
    what: "with Info-ZIP's times, of which the directory has one",
    spec: {
      local: { extra: extraPart(0x5455, Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0])) },
      central: { extra: extraPart(0x5455, Buffer.from([3, 0, 0, 0, 0])) },
    },
    expected: true,
  },
];

test.each(good)('a local header $what', async ({ spec, expected }) => {
  const { zip, entry } = await zipOf(spec);
  const { bytes, complete } = parseLocalHeader(zip, entry, sizeBytes);
  expect(complete).toBe(true);
  expect(zip.subarray(bytes, bytes + entry.storedBytes)).toEqual(
    buildZip([{ name: 'a.jpg', data }]).subarray(35, 35 + entry.storedBytes),
  );
  expect(bytes === entry.headerBytes).toBe(expected);
});

test('a header that is cut off asks for as many bytes as it needs', async () => {
  const { zip, entry } = await zipOf({ extra: extraPart(0xcafe, Buffer.alloc(9)) });
  for (let length = 0; length < 48; length++) {
    const { bytes, complete } = parseLocalHeader(zip.subarray(0, length), entry, sizeBytes);
    expect(complete).toBe(false);
    expect(bytes).toBe(length < 30 ? 30 : 48);
  }
  expect(parseLocalHeader(zip.subarray(0, 48), entry, sizeBytes)).toEqual({ bytes: 48, complete: true });
});

const lying: readonly { what: string; local: NonNullable<ZipEntrySpec['local']> }[] = [
  { what: 'name', local: { name: 'b.jpg' } },
  { what: 'compression method', local: { method: 0 } },
  { what: 'encryption', local: { flags: 1 } },
  { what: 'CRC-32', local: { crc32: 1 } },
  { what: 'size', local: { sizeBytes: 11 } },
  { what: 'size', local: { storedBytes: 1 } },
  { what: 'size', local: { sizeBytes: 0xffffffff } },
  { what: 'size', local: { sizeBytes: 0xffffffff, extra: extraPart(1, uint64s(11)) } },
];

test.each(lying)('a local header with another $what is refused: $local', async ({ what, local }) => {
  const { zip, entry } = await zipOf({ local });
  expect(() => parseLocalHeader(zip, entry, sizeBytes)).toThrow(
    expect.objectContaining({ code: 'ARCHIVE_CORRUPT', message: expect.stringContaining(`the entry's ${what}`) }),
  );
});

test('something else than a local header is refused', async () => {
  const { zip, entry } = await zipOf({});
  expect(() => parseLocalHeader(zip.subarray(1), entry, sizeBytes)).toThrow(
    expect.objectContaining({ code: 'ARCHIVE_CORRUPT', message: expect.stringContaining('no local header at 0') }),
  );
});
