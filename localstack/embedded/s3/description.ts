import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { notImplemented } from './errors.ts';
import type { Description, ObjectRecord } from './object-record.ts';
import { parseTagHeader } from './tags.ts';

const METADATA_PREFIX = 'x-amz-meta-';
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_BYTES = 2048;
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

/** The headers that an object keeps, and that a GET may override. */
export const keptHeaders: readonly string[] = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];

/** Accepting one of these and not doing what it says would lose a promise that the client relies on. */
const refused: Readonly<Record<string, string>> = {
  'x-amz-object-lock-mode': 'Object Lock',
  'x-amz-object-lock-legal-hold': 'Object Lock',
  'x-amz-server-side-encryption-customer-algorithm': 'SSE-C',
  'x-amz-website-redirect-location': 'Website redirection',
  'x-amz-write-offset-bytes': 'Appending to objects',
};

/** Reads what a PutObject, CopyObject or CreateMultipartUpload says about the object. */
export function describe(headers: IncomingHttpHeaders): Description {
  for (const [name, feature] of Object.entries(refused)) {
    if (headers[name] !== undefined) throw notImplemented(feature);
  }
  return {
    headers: Object.fromEntries(
      keptHeaders.flatMap((name) => {
        const value = name === 'content-encoding' ? contentEncoding(headers[name]) : headers[name]?.toString();
        return value === undefined || value === '' ? [] : [[name, value]];
      }),
    ),
    metadata: metadataOf(headers),
    tags: parseTagHeader(headers['x-amz-tagging']?.toString()),
  };
}

/** `aws-chunked` belongs to the transfer, not to the object. */
function contentEncoding(header: string | undefined): string | undefined {
  return header
    ?.split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== 'aws-chunked' && encoding !== '')
    .join(',');
}

function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const metadata = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(METADATA_PREFIX) ? [[name.slice(METADATA_PREFIX.length), String(value)] as const] : [],
  );
  const bytes = metadata.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > MAX_METADATA_BYTES)
    throw new AwsError('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: String(bytes),
      MaxSizeAllowed: String(MAX_METADATA_BYTES),
    });
  return Object.fromEntries(metadata);
}

/** The headers of a GET or HEAD that describe the object, checksum and length apart. */
export function describingHeaders(object: ObjectRecord): OutgoingHttpHeaders {
  return {
    'content-type': DEFAULT_CONTENT_TYPE,
    ...object.headers,
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    ...(object.tags.length > 0 ? { 'x-amz-tagging-count': String(object.tags.length) } : {}),
    ...Object.fromEntries(Object.entries(object.metadata).map(([name, value]) => [METADATA_PREFIX + name, value])),
  };
}
