import { FanlightError } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { tailBytes, type ArchiveBytes } from './archive-bytes.ts';
import { minHeaderBytes } from './central-header.ts';
import { corrupt } from './corrupt.ts';
import { tooManyEntries } from './progress.ts';
import { uint64 } from './uint64.ts';

// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.14 to 4.3.16

/** Where the central directory lies. */
export interface Directory {
  /** From the archive's start. */
  readonly offset: number;
  readonly bytes: number;
  readonly entries: number;
  /**
   * The count has 16 bits: writers that know no zip64 (macOS Archive Utility, Java before 7) let it wrap around, and the directory's
   * bytes decide.
   */
  readonly modulo: boolean;
}

const endSignature = 0x06054b50;
const endBytes = 22;
const locatorSignature = 0x07064b50;
const locatorBytes = 20;
const zip64Signature = 0x06064b50;
const zip64Bytes = 56;
/** Of the fields of a zip64 record that its length does not count: signature and length. */
const zip64UncountedBytes = 12;

/** Offsets and lengths as the end records give them, with the place where the directory has to end. */
interface Declared extends Directory {
  readonly end: number;
  readonly disks: readonly number[];
}

/**
 * Finds the central directory. It has to lie exactly where the end records say and to end where they begin: what has data in front
 * of the zip that its offsets do not count (a self-extractor, a picture with a zip behind it) is refused rather than guessed at,
 * because the guess is what such files use to show one reader other entries than the next.
 *
 * @throws FanlightError ARCHIVE_CORRUPT; ARCHIVE_LIMIT; UNSUPPORTED_FORMAT when the archive spans several disks
 */
export async function findDirectory(bytes: ArchiveBytes): Promise<Directory> {
  const declared = await readEnd(bytes);
  const { offset, bytes: length, entries, modulo, end, disks } = declared;
  if (disks.some((disk) => disk !== 0))
    throw new FanlightError('UNSUPPORTED_FORMAT', 'the zip is split over several disks: join it first');
  if (modulo && offset + length !== end && (offset + length) % 2 ** 32 === end % 2 ** 32)
    throw corrupt(
      'the zip is larger than 4 GiB and not zip64, so that its offsets are lost: pack it with a tool that writes zip64',
    );
  if (offset + length !== end)
    throw corrupt(
      `the central directory is not where the zip says: ${length} bytes at ${offset} should end at ${end}, where the end record begins`,
    );
  if (entries * minHeaderBytes > length)
    throw corrupt(`the central directory of ${length} bytes cannot hold the ${entries} entries that the zip declares`);
  if (entries > limits.maxArchiveEntries) throw tooManyEntries();
  return { offset, bytes: length, entries, modulo };
}

async function readEnd(bytes: ArchiveBytes): Promise<Declared> {
  const tailStart = Math.max(0, bytes.sizeBytes - tailBytes);
  const tail = await bytes.read(tailStart, bytes.sizeBytes);
  const at = findEnd(tail);
  const end = parseEnd(tail.subarray(at), tailStart + at);
  const locatorAt = at - locatorBytes;
  if (locatorAt < 0 || tail.readUInt32LE(locatorAt) !== locatorSignature) return end;
  return readZip64(bytes, end, { bytes: tail.subarray(locatorAt, at), offset: tailStart + locatorAt });
}

/** The only end record whose comment reaches the archive's end: with a second one in the comment, readers would disagree. */
function findEnd(tail: Buffer): number {
  const found: number[] = [];
  let cutOff = false;
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== endSignature) continue;
    if (at + endBytes + tail.readUInt16LE(at + 20) === tail.length) found.push(at);
    else cutOff = true;
  }
  const [at] = found;
  if (at === undefined)
    throw corrupt(
      cutOff
        ? 'the end record of the zip is not at its end: the archive is truncated, or something is appended to it'
        : 'the zip has no end record: the archive is truncated, or no zip',
    );
  if (found.length > 1) throw corrupt('the zip has two end records, one in the comment of the other');
  return at;
}

function parseEnd(record: Buffer, offset: number): Declared {
  return {
    disks: [record.readUInt16LE(4), record.readUInt16LE(6)],
    entries: record.readUInt16LE(10),
    bytes: record.readUInt32LE(12),
    offset: record.readUInt32LE(16),
    modulo: true,
    end: offset,
  };
}

/** All ones in a field of the end record: look into the zip64 record. */
function agrees(short: number, long: number, ones: number): boolean {
  return short === ones || short === long;
}

async function readZip64(
  bytes: ArchiveBytes,
  short: Declared,
  locator: { bytes: Buffer; offset: number },
): Promise<Declared> {
  const offset = uint64(locator.bytes, 8);
  if (offset === undefined || offset + zip64Bytes > locator.offset)
    throw corrupt('the zip64 end record is not where its locator says');
  const record = await bytes.read(offset, offset + zip64Bytes);
  const counted = uint64(record, 4);
  if (
    record.readUInt32LE(0) !== zip64Signature ||
    counted === undefined ||
    offset + zip64UncountedBytes + counted !== locator.offset
  )
    throw corrupt('the zip64 end record is not where its locator says');
  const [entries, length, start] = [uint64(record, 32), uint64(record, 40), uint64(record, 48)];
  if (entries === undefined || length === undefined || start === undefined)
    throw corrupt('the zip64 end record holds a number above 2⁵³');
  const same =
    agrees(short.entries, entries, 0xffff) &&
    agrees(short.bytes, length, 0xffffffff) &&
    agrees(short.offset, start, 0xffffffff);
  if (!same) throw corrupt('the zip64 end record and the end record contradict each other');
  // Writers put 1, or 0, for the number of disks.
  const disks = [record.readUInt32LE(16), record.readUInt32LE(20), Math.max(0, locator.bytes.readUInt32LE(16) - 1)];
  return { entries, bytes: length, offset: start, modulo: false, end: offset, disks };
}
