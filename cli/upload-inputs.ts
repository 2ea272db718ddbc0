import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Readable } from 'node:stream';
import { FanlightError } from '../shared/core/errors.ts';
import { mapConcurrently } from '../shared/core/map-concurrently.ts';
import type { InputFile } from './input-walk.ts';

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

/** Larger files are sent in parts; S3 takes at most 5 GiB in one piece. */
const maxPutBytes = 64 * 1024 ** 2;

/** A part is held in memory. It depends on nothing but the size: the same file is to get the same ETag, which says that it is done. */
const partBytes = 16 * 1024 ** 2;
const maxParts = 10_000;
const partsAtATime = 2;

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
    try {
      options.signal.throwIfAborted();
      await uploadFile(file, options);
    } catch (error) {
      // What is cut off throws in many ways; why it was cut off is what counts.
      options.signal.throwIfAborted();
      throw error;
    }
    options.onUploaded(file);
  });
}

async function uploadFile(file: InputFile, { s3, bucket, prefix, signal }: UploadOptions): Promise<void> {
  await checkSize(file);
  const target = {
    Bucket: bucket,
    Key: prefix + file.name,
    ContentType: contentTypes[extname(file.name).toLowerCase()] ?? 'application/octet-stream',
  };
  if (file.sizeBytes > maxPutBytes) {
    await uploadParts(file, { s3, target, signal });
    await checkSize(file);
  } else {
    const Body = await bodyOf(file, signal);
    await s3.send(new PutObjectCommand({ ...target, Body, ContentLength: file.sizeBytes }), { abortSignal: signal });
  }
}

async function checkSize(file: InputFile): Promise<void> {
  const { size } = await stat(file.path);
  if (size !== file.sizeBytes) throw changed(file);
}

interface PartsUpload {
  readonly s3: S3Client;
  readonly target: PutObjectCommandInput;
  readonly signal: AbortSignal;
}

async function uploadParts({ path, sizeBytes }: InputFile, { s3, target, signal }: PartsUpload): Promise<void> {
  signal.throwIfAborted();
  const abortController = new AbortController();
  const abort = (): void => abortController.abort();
  signal.addEventListener('abort', abort);
  try {
    await new Upload({
      client: s3,
      params: { ...target, Body: createReadStream(path, { end: sizeBytes - 1 }) },
      partSize: Math.max(partBytes, Math.ceil(sizeBytes / maxParts)),
      queueSize: partsAtATime,
      abortController,
    }).done();
  } finally {
    signal.removeEventListener('abort', abort);
  }
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
