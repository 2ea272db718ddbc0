import { AwsError } from '../../aws-error.ts';
import { checksumElement, checksumResponseHeaders, startChecksum } from '../checksums.ts';
import { invalidArgument, invalidRequest } from '../errors.ts';
import { receiveBody } from '../payload.ts';
import type { S3Request } from '../request.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';
import type { Upload } from '../uploads.ts';
import { createHash } from 'node:crypto';
import { copySource } from './copy-source.ts';

export const MAX_PARTS = 10_000;

export const uploadPart: S3Action = async (request, { bodies, uploads }) => {
  request.authoriseObject('s3:PutObject');
  const number = partNumber(request);
  const upload = uploads.require(request.bucket, request.key, request.parameter('uploadId'));
  const { segment, md5, checksum } = await receiveBody(request, bodies);
  const etag = md5.toString('hex');
  bodies.adopt([segment], () => {
    requireSameAlgorithm(upload, checksum?.algorithm);
    uploads.putPart(upload, number, etag, segment, upload.checksum === undefined ? undefined : checksum?.value);
  });
  return { status: 200, headers: { etag: `"${etag}"`, ...checksumResponseHeaders(checksum, { withType: false }) } };
};

export const uploadPartCopy: S3Action = async (request, services) => {
  const { bodies, uploads } = services;
  request.authoriseObject('s3:PutObject');
  const number = partNumber(request);
  const upload = uploads.require(request.bucket, request.key, request.parameter('uploadId'));
  const { object } = copySource(request, services);
  const { start, end } = copyRange(request.header('x-amz-copy-source-range'), object.size);
  const md5 = createHash('md5');
  const checksum = upload.checksum === undefined ? undefined : startChecksum(upload.checksum.algorithm);
  const segment = await bodies.write(tap(bodies.read(object.segments, start, end), md5, checksum));
  const etag = md5.digest('hex');
  const value = checksum === undefined ? undefined : Buffer.from(checksum.digest()).toString('base64');
  const part = bodies.adopt([segment], () => uploads.putPart(upload, number, etag, segment, value));
  return xmlResponse('CopyPartResult', [
    ['LastModified', new Date(part.modifiedMs).toISOString()],
    ['ETag', `"${etag}"`],
    ...(upload.checksum === undefined ? [] : ([[checksumElement(upload.checksum.algorithm), value]] as const)),
  ]);
};

async function* tap(
  source: AsyncIterable<Uint8Array>,
  ...hashes: ({ update(chunk: Uint8Array): unknown } | undefined)[]
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    for (const hash of hashes) hash?.update(chunk);
    yield chunk;
  }
}

function partNumber(request: S3Request): number {
  const number = request.integer('partNumber', 1, MAX_PARTS);
  if (number === undefined) throw invalidRequest('The query parameter partNumber is missing');
  return number;
}

function requireSameAlgorithm(upload: Upload, algorithm: string | undefined): void {
  if (upload.checksum !== undefined && algorithm !== upload.checksum.algorithm)
    throw new AwsError(
      'InvalidRequest',
      400,
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm.toLowerCase()}, ` +
        `actual checksum Type: ${algorithm?.toLowerCase() ?? 'null'}`,
    );
}

function copyRange(header: string | undefined, size: number): { start: number; end: number } {
  if (header === undefined) return { start: 0, end: size };
  const match = /^bytes=(\d+)-(\d+)$/u.exec(header);
  const start = Number(match?.[1]);
  const end = Number(match?.[2]) + 1;
  if (match === null || start >= end || end > size)
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      'x-amz-copy-source-range',
      header,
    );
  return { start, end };
}
