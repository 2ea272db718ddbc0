import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { archiveFormatOf, frontBytes } from '../../../shared/sources/archive-format.ts';
import { tarHeader, tarOf } from '../../builders/tar-builder.ts';

const hex = (digits: string): Buffer => Buffer.concat([Buffer.from(digits, 'hex'), Buffer.alloc(40, 0x55)]);
const member = { name: 'a.jpg', data: Buffer.from('jpeg') };

test.each([
  ['a zip', hex('504b030414000000'), 'zip'],
  ['an empty zip', hex('504b050600000000'), 'zip'],
  ['an empty zip64', hex('504b06062c000000'), 'zip'],
  ['a zip that was to be split and is small', hex('504b0708504b0304'), 'zip'],
  ['the same by other tools', hex('504b3030504b0304'), 'zip'],
  ['a data descriptor', hex('504b070800000000'), undefined],
  ['gzip', gzipSync('x'), 'gzip'],
  ['zstd', zstdCompressSync('x'), 'zstd'],
  ['zstd behind a skippable frame', hex('502a4d1804000000'), 'zstd'],
  ['bzip2', hex('425a6839314159265359'), 'bzip2'],
  ['an empty bzip2', hex('425a683917724538509000000000'), 'bzip2'],
  ['xz', hex('fd377a585a000004'), 'xz'],
  ['7z', hex('377abcaf271c0004'), '7z'],
  ['rar', hex('526172211a0700'), 'rar'],
  ['rar 5', hex('526172211a070100'), 'rar'],
  ['ustar', tarOf(member), 'tar'],
  ['GNU tar', tarOf({ ...member, dialect: 'gnu' }), 'tar'],
  ['v7 tar', tarOf({ ...member, dialect: 'v7' }), 'tar'],
  ['a signed checksum', tarOf({ ...member, name: 'é.jpg', dialect: 'v7', checksum: 'signed' }), 'tar'],
  ['what is left of a lost file', Buffer.alloc(10_240), undefined],
  ['a tar whose first name looks like a zip', tarOf({ ...member, name: 'PK.jpg' }), 'tar'],
  ['a wrong checksum', tarOf({ ...member, checksum: 'wrong' }), undefined],
  ['half a header', tarHeader(member).subarray(0, 300), undefined],
  ['a few zeros', Buffer.alloc(511), undefined],
  ['nothing', Buffer.alloc(0), undefined],
  ['text that starts like bzip2', Buffer.from('BZh9 is a text'), undefined],
  ['gzip of an unknown method', hex('1f8b0700'), undefined],
  ['JSON', Buffer.from('{"recipe": "web"}'), undefined],
] as const)('%s', (_what, bytes, format) => {
  expect(archiveFormatOf(bytes.subarray(0, frontBytes))).toBe(format);
});

const imageSignatures = [
  'ffd8ffe0',
  'ffd8ffdb',
  '89504e470d0a1a0a',
  '474946383961',
  '474946383761',
  '49492a00',
  '4d4d002a',
  '49492b00',
  '524946461000000057454250',
  '0000001c667479706176696600000000',
  '00000018667479706865696300000000',
  '0000000c4a584c200d0a870a',
  'ff0a',
  '0000000c6a5020200d0a870a',
].map((digits) => Buffer.from(digits, 'hex'));

test('an image is never an archive, not even when it is a tar as well', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...imageSignatures),
      fc.uint8Array({ maxLength: 600 }),
      fc.boolean(),
      (start, rest, asTar) => {
        const bytes = asTar ? tarHeader({ name: Buffer.concat([start, rest]) }) : Buffer.concat([start, rest]);
        expect(archiveFormatOf(bytes.subarray(0, frontBytes))).toBeUndefined();
      },
    ),
    { numRuns: 1_000 },
  );
});

test('random bytes are no tar', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: frontBytes, maxLength: frontBytes }), (bytes) => {
      expect(archiveFormatOf(bytes)).not.toBe('tar');
    }),
    { numRuns: 1_000 },
  );
});
