import type { ArchiveBytes } from './archive-bytes.ts';
import { centralHeaderBytes } from './central-header.ts';
import { corrupt } from './corrupt.ts';
import type { Directory } from './end-of-directory.ts';

/**
 * The central directory from a header on, in blocks of whole headers. Blocks end at the same bytes of the directory wherever
 * reading starts: what is found out about a block as a whole is the same for every cursor into it.
 *
 * @param start bytes of the directory that are left out
 * @param blockBytes a block holds the headers that end within so many bytes of it, the directory being ruled in such lines
 * @throws FanlightError ARCHIVE_CORRUPT when there are other bytes than headers
 */
export async function* directoryBlocks(
  bytes: ArchiveBytes,
  directory: Directory,
  start: number,
  blockBytes: number,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for (let at = start; at < directory.bytes;) {
    const end = Math.min(directory.bytes, (Math.floor(at / blockBytes) + 1) * blockBytes);
    const read = await bytes.read(directory.offset + at, directory.offset + end);
    const all = rest.length === 0 ? read : Buffer.concat([rest, read]);
    const whole = wholeHeadersBytes(all, end - all.length);
    if (end === directory.bytes && whole < all.length)
      throw corrupt(`the central directory ends within a header, at its byte ${end - all.length + whole}`);
    if (whole > 0) yield all.subarray(0, whole);
    rest = all.subarray(whole);
    at = end;
  }
}

function wholeHeadersBytes(bytes: Buffer, offset: number): number {
  let at = 0;
  for (;;) {
    const length = centralHeaderBytes(bytes, at);
    if (length === undefined) return at;
    if (Number.isNaN(length)) throw corrupt(`the central directory holds no header at its byte ${offset + at}`);
    at += length;
  }
}
