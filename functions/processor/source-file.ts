import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** While one write is under way the socket's chunks gather, and are written together: a fifth of the writes for 1.5 MB. */
const writeBufferBytes = 1_048_576;

/**
 * Streams a source's bytes into a new file.
 *
 * @returns the bytes written
 * @throws what the source throws, and errors of the disk; when the file is closed, so that it can be removed
 */
export async function writeSourceFile(
  bytes: AsyncIterable<Buffer>,
  path: string,
  signal: AbortSignal,
): Promise<number> {
  const file = createWriteStream(path, { highWaterMark: writeBufferBytes });
  const closed = new Promise<void>((resolve) => file.once('close', () => resolve()));
  try {
    await pipeline(bytes, file, { signal });
  } catch (error) {
    // It may not even be open yet, and would appear when its directory is being removed.
    await closed;
    throw error;
  }
  return file.bytesWritten;
}
