import { FanlightError } from '../../core/errors.ts';
import { failureOf } from '../../core/outcome.ts';
import type { ArchiveObject, Member } from '../member.ts';
import { ArchiveBytes } from './archive-bytes.ts';
import { centralHeaders, minHeaderBytes, type CentralHeader } from './central-header.ts';
import { corrupt } from './corrupt.ts';
import { directoryBlocks } from './directory-blocks.ts';
import { findDirectory, type Directory } from './end-of-directory.ts';
import { isDirectory, judgeEntry } from './judge-entry.ts';
import { decodeName } from './member-name.ts';
import { advance, firstProgress, formatCursor, parseCursor, type Progress } from './progress.ts';
import { refuseOverlap } from './refuse-overlap.ts';
import { zipEntry } from './zip-entry.ts';

/** Of the central directory in one GET, and looked at as a whole before the first of its members is told: about 50,000 entries. */
const defaultBlockBytes = 4_194_304;

/**
 * The members of a zip in the order of its central directory, which is all of it that is read, in ranged GETs.
 *
 * @param after cursor of the member behind which to go on
 * @param blockBytes of the directory at once; a larger number finds what is wrong with the archive sooner
 * @throws FanlightError ARCHIVE_CORRUPT, ARCHIVE_LIMIT, UNSUPPORTED_FORMAT when the archive, or the rest of it, cannot be read; what S3
 *   says about the object; INTERNAL when S3 is not available
 */
export async function* readZip(
  archive: ArchiveObject,
  after: string | undefined,
  blockBytes = defaultBlockBytes,
): AsyncGenerator<Member> {
  const bytes = await ArchiveBytes.open(archive);
  const directory = await findDirectory(bytes);
  let progress = after === undefined ? firstProgress : parseCursor(after);
  const bounds = { archiveBytes: archive.sizeBytes, directoryOffset: directory.offset };
  for await (const block of directoryBlocks(bytes, directory, progress.offset, blockBytes)) {
    let atEnd: Progress = progress;
    for (const header of centralHeaders(block)) atEnd = advance(atEnd, header, bounds);
    if (atEnd.extents === 'descending') {
      const maxEntries = Math.floor(directory.bytes / minHeaderBytes);
      await refuseOverlap(directoryBlocks(bytes, directory, 0, blockBytes), { ...bounds, maxEntries });
      progress = { ...progress, extents: 'disjoint' };
    }
    if (atEnd.offset === directory.bytes) checkCount(atEnd.entries, directory);
    for (const header of centralHeaders(block)) {
      progress = advance(progress, header, bounds);
      const member = memberOf(header, directory.offset);
      if (member !== undefined) yield { ...member, after: formatCursor(progress) };
    }
  }
}

function checkCount(entries: number, directory: Directory): void {
  const counted = directory.modulo ? entries % 65_536 : entries;
  if (counted !== directory.entries)
    throw corrupt(`the zip declares ${directory.entries} entries, its central directory holds ${entries}`);
}

/** Undefined for a directory. */
function memberOf(header: CentralHeader, directoryOffset: number): Omit<Member, 'after'> | undefined {
  const { name, damaged } = decodeName(header);
  if (isDirectory(name, header)) return undefined;
  const size = header.numbers?.sizeBytes ?? 0;
  const fault =
    judgeEntry(header, directoryOffset) ??
    (damaged ? new FanlightError('ENTRY_UNSAFE', 'the name says that it is UTF-8 and is not') : undefined);
  if (fault !== undefined) return { name, size, verdict: { status: 'failed', error: failureOf(fault) } };
  return { name, size, entry: zipEntry(header) };
}
