import type { ArchiveBytes } from './archive-bytes.ts';
import { centralHeaderBytes, maxHeaderBytes } from './central-header.ts';
import { corrupt } from './corrupt.ts';
import type { Directory } from './end-of-directory.ts';

/**
 * The central directory from a header on, in blocks of whole headers. Blocks end at the same bytes of the directory wherever
 * reading starts: what is found out about a block as a whole is the same for every cursor into it.
 *
 * A block is the same memory as the last one: buffers of megabytes would pile up until they are collected.
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
  const buffer = Buffer.allocUnsafe(Math.min(blockBytes, directory.bytes - start) + maxHeaderBytes);
  let kept = 0;
  for (let at = start; at < directory.bytes;) {
    const end = Math.min(directory.bytes, (Math.floor(at / blockBytes) + 1) * blockBytes);
    await bytes.readInto(buffer.subarray(kept, kept + end - at), directory.offset + at);
    const all = buffer.subarray(0, kept + end - at);
    const whole = wholeHeadersBytes(all, end - all.length);
    if (end === directory.bytes && whole < all.length)
      throw corrupt(`the central directory ends within a header, at its byte ${end - all.length + whole}`);
    if (whole > 0) yield all.subarray(0, whole);
    buffer.copyWithin(0, whole, all.length);
    kept = all.length - whole;
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
