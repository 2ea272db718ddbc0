import { pipeline } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { corrupt } from './corrupt.ts';
import type { ZipEntry } from './zip-entry.ts';

/** Of what inflating gives at once: a quarter of the calls that Node's 16 KiB take. */
const inflatedChunkBytes = 65_536;

/**
 * Unpacks a member as its bytes come in, and checks that they are what the archive declares: exactly so many, with this CRC-32.
 *
 * @param stored exactly the `storedBytes` behind the local header; an error of it is thrown as it is
 * @param sizeBytes of the member, unpacked: not one more is given
 * @throws FanlightError ARCHIVE_CORRUPT; what was given until then is to be thrown away
 */
export async function* unpack(
  stored: AsyncIterable<Buffer>,
  entry: ZipEntry,
  sizeBytes: number,
): AsyncGenerator<Buffer> {
  const raw = exactly(stored, entry.storedBytes);
  // Some writers say deflate of an empty file, and write nothing.
  const plain = entry.method === 'deflate' && entry.storedBytes > 0 ? inflate(raw, entry) : raw;
  let bytes = 0;
  let crc = 0;
  for await (const chunk of plain) {
    bytes += chunk.length;
    if (bytes > sizeBytes) throw corrupt(`the entry unpacks to more than the declared ${sizeBytes} bytes`);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (bytes < sizeBytes) throw corrupt(`the entry unpacks to ${bytes} bytes of the declared ${sizeBytes}`);
  if (crc !== entry.crc32) throw corrupt('the CRC-32 of the entry is wrong: its data is damaged');
}

/** Guards against a caller that reads a range short or long: that is no fault of the archive. */
async function* exactly(stored: AsyncIterable<Buffer>, storedBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of stored) {
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== storedBytes)
    throw new Error(`${bytes} bytes came of the ${storedBytes} that the entry has in the archive`);
}

async function* inflate(raw: AsyncIterable<Buffer>, { storedBytes }: ZipEntry): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw({ chunkSize: inflatedChunkBytes });
  // Destroys either when the other fails; the error comes out of `inflater` as well.
  pipeline(raw, inflater, () => undefined);
  try {
    const chunks: AsyncIterable<Buffer> = inflater;
    for await (const chunk of chunks) yield chunk;
  } catch (error) {
    if (isZlibError(error)) throw corrupt(`the entry cannot be inflated: ${error.message}`, error);
    throw error;
  } finally {
    inflater.destroy();
  }
  if (inflater.bytesWritten !== storedBytes)
    throw corrupt(`the deflated data ends after ${inflater.bytesWritten} of the entry's ${storedBytes} bytes`);
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}
