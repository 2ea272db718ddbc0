import type { OutgoingHttpHeaders } from 'node:http';
import { authorise } from '../../iam/principals.ts';
import { bucketArn } from '../arn.ts';
import { checksumResponseHeaders } from '../checksums.ts';
import { describingHeaders, keptHeaders } from '../description.ts';
import { noSuchKey } from '../errors.ts';
import type { ObjectRecord } from '../object-record.ts';
import { requireReadable } from '../preconditions.ts';
import { parseRange } from '../ranges.ts';
import type { S3Request } from '../request.ts';
import type { S3Action, S3Services } from '../services.ts';

const RESPONSE_OVERRIDE = 'response-';

export const getObject: S3Action = (request, services) => {
  const object = readable(request, services);
  const { status, headers, start, end } = answer(request, object);
  return { status, headers, body: services.bodies.read(object.segments, start, end) };
};

export const headObject: S3Action = (request, services) => {
  const { status, headers } = answer(request, readable(request, services));
  return { status, headers };
};

function readable(request: S3Request, services: S3Services): ObjectRecord {
  request.authoriseObject('s3:GetObject');
  const object = existing(request, services, request.bucket, request.key);
  requireReadable(request.headers, object);
  return object;
}

/** Throws NoSuchKey, or AccessDenied for who may not list the bucket: that is how S3 hides which keys are missing. */
export function existing(request: S3Request, services: S3Services, bucket: string, key: string): ObjectRecord {
  const object = services.objects.find(bucket, key);
  if (object !== undefined) return object;
  authorise(request.authenticated.principal, 's3:ListBucket', bucketArn(bucket));
  throw noSuchKey(key);
}

function answer(
  request: S3Request,
  object: ObjectRecord,
): { status: number; headers: OutgoingHttpHeaders; start: number; end: number } {
  const range = parseRange(request.header('range'), object.size);
  const { start, end } = range ?? { start: 0, end: object.size };
  const headers = { ...describingHeaders(object), ...overrides(request), 'content-length': String(end - start) };
  if (range !== undefined)
    return {
      status: 206,
      start,
      end,
      headers: { ...headers, 'content-range': `bytes ${start}-${end - 1}/${object.size}` },
    };
  const checksums =
    request.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' ? checksumResponseHeaders(object.checksum) : {};
  return { status: 200, start, end, headers: { ...headers, ...checksums } };
}

function overrides(request: S3Request): OutgoingHttpHeaders {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = request.query.get(RESPONSE_OVERRIDE + name);
      return value === null ? [] : [[name, value]];
    }),
  );
}
