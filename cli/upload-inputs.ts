import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Readable } from 'node:stream';
import { FanlightError } from '../shared/core/errors.ts';
import { mapConcurrently } from '../shared/core/map-concurrently.ts';
import type { InputFile } from './find-inputs.ts';

export interface UploadOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Put in front of each name. */
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly onUploaded: (file: InputFile) => void;
}

const concurrency = 6;

/** A file up to this size is sent from memory, which saves a second read for its signature; larger ones are streamed. */
const maxBufferedBytes = 8 * 1024 ** 2;

/** What people see when they look into the bucket; what to decode is decided by the bytes. */
const contentTypes: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.gif': 'image/gif',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
};

/**
 * Uploads files under their names.
 *
 * @throws FanlightError SOURCE_CHANGED, NOT_FOUND or ACCESS_DENIED for a file that is no longer what it was when it was found:
 * the run ends, because a report that is silent about one input would not be complete
 */
export async function uploadInputs(files: readonly InputFile[], options: UploadOptions): Promise<void> {
  await mapConcurrently(files, concurrency, async (file) => {
    options.signal.throwIfAborted();
    await uploadFile(file, options);
    options.onUploaded(file);
  });
}

async function uploadFile(file: InputFile, { s3, bucket, prefix, signal }: UploadOptions): Promise<void> {
  const { size } = await stat(file.path);
  if (size !== file.sizeBytes) throw changed(file);
  const body = await bodyOf(file, signal);
  const put = new PutObjectCommand({
    Bucket: bucket,
    Key: prefix + file.name,
    Body: body,
    ContentLength: file.sizeBytes,
    ContentType: contentTypes[extname(file.name).toLowerCase()] ?? 'application/octet-stream',
  });
  await s3.send(put, { abortSignal: signal });
}

async function bodyOf(file: InputFile, signal: AbortSignal): Promise<Buffer | Readable> {
  if (file.sizeBytes > maxBufferedBytes) return createReadStream(file.path, { end: file.sizeBytes - 1 });
  const bytes = await readFile(file.path, { signal });
  if (bytes.length !== file.sizeBytes) throw changed(file);
  return bytes;
}

function changed({ path }: InputFile): FanlightError {
  return new FanlightError('SOURCE_CHANGED', `${path} changed while it was uploaded; run the same command again`, {
    path,
  });
}
