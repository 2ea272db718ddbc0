import { createGunzip } from 'node:zlib';
import { Readable, pipeline } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { FanlightError, messageOf } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { scanCsvRecord } from '../list/csv-record.ts';
import { objectBytes } from '../list/object-bytes.ts';
import { readRecords } from '../list/read-records.ts';
import type { InventoryFile } from './inventory-manifest.ts';

export function damaged({ bucket, key }: InventoryFile, message: string): FanlightError {
  return new FanlightError('INVALID_MANIFEST', `its file s3://${bucket}/${key} cannot be read: ${message}`);
}

/** What zlib says of bytes that are no gzip, or that end too early. */
function isDataError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_(DATA|BUF)_ERROR$/.test(String(error.code));
}

/** Never holds more than zlib's own blocks; ends at what so many bytes may expand to. */
async function* unpacked(s3: S3Client, file: InventoryFile): AsyncGenerator<Uint8Array> {
  const maxBytes = Math.max(limits.freeExpandedBytes, file.sizeBytes * limits.maxArchiveRatio);
  // A stream ends with the error that its consumer is given.
  const gunzip = pipeline(Readable.from(objectBytes(s3, file, 0)), createGunzip(), () => {});
  let bytes = 0;
  const chunks: AsyncIterable<Buffer> = gunzip;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw damaged(file, `it expands to more than ${maxBytes} bytes`);
      yield chunk;
    }
  } catch (error) {
    throw isDataError(error) ? damaged(file, `it is no gzip, or damaged: ${messageOf(error)}`) : error;
  }
}

/** The rows of a file in order, blank lines too, so that a row's number says where it is. */
export async function* inventoryRows(s3: S3Client, file: InventoryFile): AsyncGenerator<readonly string[]> {
  for await (const { line, scanned } of readRecords(unpacked(s3, file), { offset: 0, line: 1 }, scanCsvRecord)) {
    if ('fault' in scanned) throw damaged(file, `line ${line}: ${scanned.fault}`);
    yield scanned.value;
  }
}
