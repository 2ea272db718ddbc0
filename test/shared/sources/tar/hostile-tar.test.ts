import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import { readTar } from '../../../../shared/sources/tar/read-tar.ts';
import { archiveShelf, readAll, summaryOf } from '../../../builders/tar-archives.ts';
import { tarParts } from '../../../builders/tar-arbitrary.ts';
import {
  endOfTar,
  gnuLongName,
  paxHeader,
  tarHeader,
  tarOf,
  tarPiece,
  type TarPiece,
} from '../../../builders/tar-builder.ts';

const data = Buffer.from('jpeg');
const a: TarPiece = { name: 'a.jpg', data };
const b: TarPiece = { name: 'b.jpg', data };
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

interface Hostile {
  readonly what: string;
  readonly tar: Buffer;
  /** As `summaryOf` puts it. */
  readonly gives: readonly string[];
}

const names: readonly Hostile[] = [
  { what: 'Latin-1 in a header', tar: tarOf({ ...a, name: latin1('fa\xe7ade.jpg') }), gives: ['façade.jpg'] },
  { what: 'Latin-1 in pax', tar: tarOf(paxHeader({ path: latin1('\xe9.jpg') }), a), gives: ['é.jpg'] },
  { what: 'pax wins over GNU', tar: tarOf(gnuLongName('gnu'), paxHeader({ path: 'pax' }), a), gives: ['pax'] },
  { what: 'an empty pax path takes back', tar: tarOf(paxHeader({ path: '' }), a), gives: ['a.jpg'] },
  { what: 'a global path', tar: tarOf(paxHeader({ path: 'g.jpg' }, 'g'), a, b), gives: ['g.jpg', 'g.jpg'] },
  {
    what: 'a later global header',
    tar: tarOf(paxHeader({ path: 'g' }, 'g'), paxHeader({ comment: 'c' }, 'g'), a),
    gives: ['a.jpg'],
  },
  { what: 'dots in front', tar: tarOf({ ...a, name: './././/a.jpg' }), gives: ['a.jpg'] },
  {
    what: 'names that lead elsewhere',
    tar: tarOf({ ...a, name: '../../etc/passwd' }, { ...b, name: '/b.jpg' }),
    gives: ['../../etc/passwd', '/b.jpg'],
  },
  { what: 'the same name twice', tar: tarOf(a, a), gives: ['a.jpg', 'a.jpg'] },
  { what: "GNU's times are no prefix", tar: tarOf({ ...a, dialect: 'gnu', prefix: '14723614032' }), gives: ['a.jpg'] },
  {
    what: 'a newline and an equals sign in pax',
    tar: tarOf(paxHeader({ path: 'x\n12 path=y' }), a),
    gives: ['x\n12 path=y'],
  },
];

const types: readonly Hostile[] = [
  {
    what: 'a hard link that claims data',
    tar: tarOf({ name: 'h', type: '1', sizeBytes: 4 }, b),
    gives: ['h: ENTRY_UNSAFE', 'b.jpg'],
  },
  { what: 'a symbolic link', tar: tarOf({ name: 's', type: '2' }, b), gives: ['s: ENTRY_UNSAFE', 'b.jpg'] },
  {
    what: 'a link to a long name',
    tar: tarOf(gnuLongName('t'.repeat(200), 'K'), { name: 's', type: '2' }, b),
    gives: ['s: ENTRY_UNSAFE', 'b.jpg'],
  },
  {
    what: 'a link called like a folder',
    tar: tarOf({ name: 's/', type: '2' }, b),
    gives: ['s/: ENTRY_UNSAFE', 'b.jpg'],
  },
  {
    what: 'devices and a fifo',
    tar: tarOf({ name: 'c', type: '3' }, { name: 'b', type: '4' }, { name: 'f', type: '6' }),
    gives: ['c: ENTRY_UNSAFE', 'b: ENTRY_UNSAFE', 'f: ENTRY_UNSAFE'],
  },
  {
    what: 'an old sparse file with two more maps',
    tar: tarOf(
      tarHeader({ name: 's', type: 'S', dialect: 'gnu', sizeBytes: 4, isMapContinued: true }),
      Buffer.alloc(512, 0).fill(1, 504, 505),
      zeros(512),
      data,
      zeros(508),
      b,
    ),
    gives: ['s: UNSUPPORTED_FORMAT', 'b.jpg'],
  },
  {
    what: 'a sparse file of pax',
    tar: tarOf(
      paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.name': 's.jpg', 'GNU.sparse.realsize': '999999999999' }),
      { ...a, name: 'GNUSparseFile.1/s.jpg' },
      b,
    ),
    gives: ['s.jpg: UNSUPPORTED_FORMAT', 'b.jpg'],
  },
  {
    what: 'the rest of another volume',
    tar: tarOf({ ...a, type: 'M' }, b),
    gives: ['a.jpg: UNSUPPORTED_FORMAT', 'b.jpg'],
  },
  { what: 'a type that nobody knows', tar: tarOf({ ...a, type: 'Q' }, b), gives: ['a.jpg', 'b.jpg'] },
  {
    what: 'directories, labels, metadata',
    tar: tarOf(
      { name: 'd/', type: '5', sizeBytes: 4_096 },
      { name: 'v', type: 'V' },
      { ...a, type: 'D' },
      { ...a, type: 'A' },
      b,
    ),
    gives: ['b.jpg'],
  },
  {
    what: 'an extended header of Solaris',
    tar: tarOf({ name: 'p', type: 'X', data: Buffer.from('14 path=x.jpg\n') }, a),
    gives: ['x.jpg'],
  },
];

const sizes: readonly Hostile[] = [
  {
    what: 'too large, and the next',
    tar: tarOf({ name: 'big', data: zeros(5_000) }, b),
    gives: ['big: TOO_LARGE', 'b.jpg'],
  },
  {
    what: 'ends in a file',
    tar: tarOf(a, { ...b, data: zeros(3_000) }).subarray(0, 2_500),
    gives: ['a.jpg', 'b.jpg: ARCHIVE_CORRUPT'],
  },
  { what: 'claims 8 GB', tar: tarOf({ ...a, sizeBytes: 8 ** 11 - 1 }, b), gives: ['a.jpg: ARCHIVE_CORRUPT'] },
  {
    what: 'claims 2^53',
    tar: tarOf({ ...a, rawSize: Buffer.from('800000000020000000000000', 'hex') }),
    gives: ['throws ARCHIVE_CORRUPT'],
  },
  {
    what: 'claims nearly 2^53',
    tar: tarOf({ ...a, sizeBytes: Number.MAX_SAFE_INTEGER, sizeAs: 'base-256' }),
    gives: ['throws ARCHIVE_CORRUPT'],
  },
  { what: 'a negative size', tar: tarOf({ ...a, rawSize: zeros(12).fill(0xff) }), gives: ['throws ARCHIVE_CORRUPT'] },
  {
    what: 'a size that is no number',
    tar: tarOf(b, { ...a, rawSize: Buffer.from('0x10\0') }),
    gives: ['b.jpg', 'throws ARCHIVE_CORRUPT'],
  },
  {
    what: 'a size with spaces',
    tar: tarOf({ ...a, rawSize: Buffer.from('          4 ') }, b),
    gives: ['a.jpg', 'b.jpg'],
  },
  { what: 'a pax size that is no number', tar: tarOf(paxHeader({ size: '-1' }), a), gives: ['throws ARCHIVE_CORRUPT'] },
  {
    what: 'a pax size beyond the end',
    tar: tarOf(paxHeader({ size: '9999999' }), a),
    gives: ['a.jpg: ARCHIVE_CORRUPT'],
  },
];

const ends: readonly Hostile[] = [
  { what: 'nothing', tar: zeros(0), gives: ['throws ARCHIVE_CORRUPT'] },
  { what: 'an empty tar', tar: zeros(10_240), gives: [] },
  { what: 'zeros alone, but many', tar: zeros(2_000_000), gives: ['throws ARCHIVE_CORRUPT'] },
  { what: 'zeros and then something', tar: Buffer.concat([zeros(10_240), data]), gives: ['throws ARCHIVE_CORRUPT'] },
  { what: 'no end mark', tar: Buffer.concat([tarPiece(a), tarPiece(b)]), gives: ['a.jpg', 'b.jpg'] },
  {
    what: 'cut off in the padding',
    tar: Buffer.concat([tarPiece(a), tarHeader(b), data]),
    gives: ['a.jpg', 'b.jpg', 'throws ARCHIVE_CORRUPT'],
  },
  { what: 'garbage behind the end', tar: Buffer.concat([tarOf(a), Buffer.alloc(700, 'x')]), gives: ['a.jpg'] },
  { what: 'a lone block of zeros', tar: tarOf(a, zeros(512), b), gives: ['a.jpg', 'b.jpg'] },
  { what: 'another tar behind the end', tar: Buffer.concat([tarOf(a), tarOf(b)]), gives: ['a.jpg'] },
  { what: 'ends in a header', tar: tarOf(a, b).subarray(0, 1_200), gives: ['a.jpg', 'throws ARCHIVE_CORRUPT'] },
  { what: 'a damaged header', tar: tarOf(a, { ...b, checksum: 'wrong' }), gives: ['a.jpg', 'throws ARCHIVE_CORRUPT'] },
  { what: 'no tar', tar: Buffer.alloc(4_096, 'text '), gives: ['throws ARCHIVE_CORRUPT'] },
  {
    what: 'ends in what is no file',
    tar: tarOf(a, { name: 'd', type: 'D', data: zeros(9_000) }).subarray(0, 3_000),
    gives: ['a.jpg', 'throws ARCHIVE_CORRUPT'],
  },
  {
    what: 'ends in an extension',
    tar: tarOf(a, paxHeader({ path: 'x'.repeat(2_000) })).subarray(0, 2_000),
    gives: ['a.jpg', 'throws ARCHIVE_CORRUPT'],
  },
];

const extensions: readonly Hostile[] = [
  {
    what: 'a pax header of 2 MB',
    tar: tarOf(a, paxHeader({ comment: 'x'.repeat(2_000_000) }), b),
    gives: ['a.jpg', 'throws ARCHIVE_LIMIT'],
  },
  {
    what: 'a long name that claims 8 GB',
    tar: tarOf({ name: 'L', type: 'L', sizeBytes: 8 ** 11 - 1 }),
    gives: ['throws ARCHIVE_LIMIT'],
  },
  {
    what: 'seventeen extensions of a file',
    tar: tarOf(...Array.from({ length: 17 }, () => paxHeader({ comment: 'x' }, 'g')), a),
    gives: ['throws ARCHIVE_LIMIT'],
  },
  {
    what: 'a record without a length',
    tar: tarOf({ name: 'p', type: 'x', data: Buffer.from('path=x\n') }, a),
    gives: ['throws ARCHIVE_CORRUPT'],
  },
  {
    what: 'a record that is too long',
    tar: tarOf({ name: 'p', type: 'x', data: Buffer.from('99 path=x\n') }, a),
    gives: ['throws ARCHIVE_CORRUPT'],
  },
  {
    what: 'a record of no length',
    tar: tarOf({ name: 'p', type: 'x', data: Buffer.from('0 path=x\n') }, a),
    gives: ['throws ARCHIVE_CORRUPT'],
  },
  {
    what: 'a record without a value',
    tar: tarOf({ name: 'p', type: 'x', data: Buffer.from('7 path\n') }, a),
    gives: ['throws ARCHIVE_CORRUPT'],
  },
  {
    what: 'records filled up with NULs',
    tar: tarOf({ name: 'p', type: 'x', data: Buffer.from('10 path=x\n\0\0\0') }, a),
    gives: ['x'],
  },
  {
    what: 'more entries than allowed',
    tar: tarOf(...Array.from({ length: 20 }, () => ({ name: 'd/', type: '5' })), a, b),
    gives: ['a.jpg', 'throws ARCHIVE_LIMIT'],
  },
];

test.each(Object.entries({ names, types, sizes, ends, extensions }))('%s', async (_, cases) => {
  const { put } = await archiveShelf();
  const bounds = { ...limits, maxImageBytes: 4_096, maxArchiveEntries: 21 };
  for (const { what, tar, gives } of cases) {
    const archive = await put(tar);
    expect(summaryOf(await readAll(readTar(archive, undefined, { bounds }))), what).toEqual(gives);
    const inPieces = await readAll(readTar(archive, undefined, { bounds, rangeBytes: 512 }));
    expect(summaryOf(inPieces), what).toEqual(gives);
    const last = inPieces.members.at(-1);
    if (last === undefined) continue;
    const behind = await readAll(readTar(archive, last.after, { bounds }));
    expect(behind, what).toEqual({ ...inPieces, members: [] });
  }
});

test('what cannot be read tells why in a sentence', async () => {
  const shelf = await archiveShelf();
  const archive = await shelf.put(Buffer.concat([tarPiece(a), tarHeader({ ...b, checksum: 'wrong' }), endOfTar]));
  const { error } = await readAll(readTar(archive, undefined));
  expect(error?.message).toBe('a header is damaged: entry 2, at byte 1024 of the tar');
});

const damages = fc.array(fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) }), { minLength: 1, maxLength: 5 });

test('whatever is damaged, reading ends, with members in order and at most one error of the table', async () => {
  const { put } = await archiveShelf();
  await fc.assert(
    fc.asyncProperty(tarParts, damages, fc.nat(), async (parts, damaged, cut) => {
      const whole = Buffer.concat([...parts.map(({ blocks }) => blocks), endOfTar]);
      for (const { at, byte } of damaged) whole[at % whole.length] = byte;
      const tar = whole.subarray(0, cut % 2 === 0 ? whole.length : cut % whole.length);
      // Anything but a FanlightError is thrown on.
      const { members, error } = await readAll(readTar(await put(tar), undefined));
      expect(error?.kind ?? 'permanent').toBe('permanent');
      for (const { entry, size } of members) expect((entry?.offset ?? 0) + size).toBeLessThanOrEqual(tar.length);
    }),
    { numRuns: 100, endOnFailure: true },
  );
});
