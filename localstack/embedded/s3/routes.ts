import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import type { S3ActionName } from './actions.ts';
import { notImplemented } from './errors.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

export interface Address {
  /** Empty where the request addresses none. */
  readonly bucket: string;
  readonly key: string;
}

/** `METHOD level[?subresource…]` → action. A subresource is a query parameter that selects another action. */
const routes: Readonly<Record<string, S3ActionName>> = {
  'GET service': 'ListBuckets',
  'PUT bucket': 'CreateBucket',
  'HEAD bucket': 'HeadBucket',
  'DELETE bucket': 'DeleteBucket',
  'GET bucket': 'ListObjects',
  'GET bucket?list-type': 'ListObjectsV2',
  'GET bucket?location': 'GetBucketLocation',
  'GET bucket?notification': 'GetBucketNotificationConfiguration',
  'PUT bucket?notification': 'PutBucketNotificationConfiguration',
  'GET bucket?uploads': 'ListMultipartUploads',
  'POST bucket?delete': 'DeleteObjects',
  'PUT object': 'PutObject',
  'GET object': 'GetObject',
  'HEAD object': 'HeadObject',
  'DELETE object': 'DeleteObject',
  'GET object?tagging': 'GetObjectTagging',
  'PUT object?tagging': 'PutObjectTagging',
  'DELETE object?tagging': 'DeleteObjectTagging',
  'POST object?uploads': 'CreateMultipartUpload',
  'PUT object?partNumber&uploadId': 'UploadPart',
  'POST object?uploadId': 'CompleteMultipartUpload',
  'DELETE object?uploadId': 'AbortMultipartUpload',
  'GET object?uploadId': 'ListParts',
};

/** Parameters that say how an action is done, not which: anything else would be a subresource this table does not know. */
const plainParameters: ReadonlySet<string> = new Set([
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'marker',
  'max-keys',
  'max-parts',
  'max-uploads',
  'part-number-marker',
  'prefix',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'start-after',
  'upload-id-marker',
  'x-id',
]);

/** Which action a request means. Throws NotImplemented for those that the embedded stack leaves out. */
export function routeAction(
  method: string,
  { bucket, key }: Address,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): S3ActionName {
  const subresources = [...query.keys()]
    .filter((name) => !plainParameters.has(name) && !name.toLowerCase().startsWith('x-amz-'))
    .toSorted();
  const onObject = key === '' ? 'bucket' : 'object';
  const level = bucket === '' ? 'service' : onObject;
  const route = `${method} ${level}${subresources.length === 0 ? '' : `?${subresources.join('&')}`}`;
  const action = routes[route];
  if (action === undefined) throw notImplemented(`The S3 request ${route}`);
  if (headers['x-amz-copy-source'] === undefined) return action;
  if (action === 'PutObject') return 'CopyObject';
  return action === 'UploadPart' ? 'UploadPartCopy' : action;
}

/** Reads bucket and key from the path, or the bucket from a host like `bucket.localhost` or `bucket.s3.localhost`. */
export function addressOf(host: string | undefined, rawPath: string): Address {
  const virtual = /^(.+?)(?:\.s3)?\.localhost(?::\d+)?$/u.exec(host ?? '')?.[1];
  const path = virtual === undefined || virtual === 's3' ? rawPath.slice(1) : `${virtual}${rawPath}`;
  const slash = path.indexOf('/');
  const bucket = decode(slash < 0 ? path : path.slice(0, slash));
  const key = slash < 0 ? '' : decode(path.slice(slash + 1));
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new AwsError('KeyTooLongError', 400, 'Your key is too long', {
      Size: String(Buffer.byteLength(key)),
      MaxSizeAllowed: String(MAX_KEY_BYTES),
    });
  return { bucket, key };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new AwsError('InvalidURI', 400, `Couldn't parse the specified URI (${String(error)}).`);
  }
}
