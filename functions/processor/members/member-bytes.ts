import { unpack } from '../../../shared/sources/zip/inflate-member.ts';
import { parseLocalHeader } from '../../../shared/sources/zip/local-header.ts';
import type { ZipEntry } from '../../../shared/sources/zip/zip-entry.ts';
import type { PlacedMember } from './member-place.ts';

/**
 * Exactly so many bytes from a position of the object that holds a member.
 *
 * @param aheadBytes behind them that will be asked for next
 */
export type ReadBytes = (start: number, lengthBytes: number, aheadBytes: number) => AsyncIterable<Buffer>;

/** @returns the length of the local header, which is where the data begins */
async function readLocalHeader(entry: ZipEntry, sizeBytes: number, read: ReadBytes): Promise<number> {
  let header: Buffer = Buffer.alloc(0);
  for (;;) {
    const { bytes, complete } = parseLocalHeader(header, entry, sizeBytes);
    if (complete) return bytes;
    const chunks = [header];
    const missing = read(entry.offset + header.length, bytes - header.length, entry.storedBytes);
    for await (const chunk of missing) chunks.push(chunk);
    header = Buffer.concat(chunks);
  }
}

async function* zipMemberBytes(entry: ZipEntry, sizeBytes: number, read: ReadBytes): AsyncGenerator<Buffer> {
  const headerBytes = await readLocalHeader(entry, sizeBytes, read);
  yield* unpack(read(entry.offset + headerBytes, entry.storedBytes, 0), entry, sizeBytes);
}

/**
 * The bytes of a member, unpacked.
 *
 * @throws FanlightError ARCHIVE_CORRUPT where they are not what the archive declares; what `read` throws
 */
export function memberBytes({ entry, start, sizeBytes }: PlacedMember, read: ReadBytes): AsyncIterable<Buffer> {
  return entry.format === 'zip' ? zipMemberBytes(entry, sizeBytes, read) : read(start, sizeBytes, 0);
}
