import { invalidArgument } from '../errors.ts';
import type { ListPage, ListedObject } from '../listing.ts';
import type { S3Request } from '../request.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action, S3Services } from '../services.ts';
import { formEncode } from '../url-encoding.ts';
import type { XmlElement } from '../xml.ts';

const MAX_KEYS = 1000;

interface ListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encodingType: string | undefined;
  /** Writes a key as the encoding type wants it. */
  readonly encode: (text: string) => string;
}

export const listObjectsV2: S3Action = (request, services) => {
  const list = listRequest(request, services);
  const token = request.query.get('continuation-token');
  const startAfter = request.query.get('start-after');
  const page = services.listing.page({
    bucket: request.bucket,
    ...list,
    after: token === null ? (startAfter ?? '') : decodeToken(token),
  });
  return xmlResponse('ListBucketResult', [
    ...commonElements(request, list, page, services.accountId, request.query.get('fetch-owner') === 'true'),
    ['KeyCount', page.objects.length + page.commonPrefixes.length],
    ['ContinuationToken', token ?? undefined],
    ['StartAfter', startAfter === null ? undefined : list.encode(startAfter)],
    ['NextContinuationToken', page.next === undefined ? undefined : encodeToken(page.next)],
  ]);
};

export const listObjects: S3Action = (request, services) => {
  const list = listRequest(request, services);
  const marker = request.query.get('marker') ?? '';
  const page = services.listing.page({ bucket: request.bucket, ...list, after: marker });
  // Without a delimiter the client continues after the last key it got.
  const nextMarker = page.next === undefined || list.delimiter === '' ? undefined : list.encode(page.next);
  return xmlResponse('ListBucketResult', [
    ...commonElements(request, list, page, services.accountId, true),
    ['Marker', list.encode(marker)],
    ['NextMarker', nextMarker],
  ]);
};

function listRequest(request: S3Request, { buckets }: S3Services): ListRequest {
  const prefix = request.query.get('prefix') ?? '';
  const delimiter = request.query.get('delimiter') ?? '';
  const encodingType = request.query.get('encoding-type') ?? undefined;
  const maxKeys = Math.min(request.integer('max-keys', 0, Number.MAX_SAFE_INTEGER) ?? MAX_KEYS, MAX_KEYS);
  request.authoriseBucket('s3:ListBucket', {
    's3:prefix': prefix,
    's3:delimiter': delimiter,
    's3:max-keys': String(maxKeys),
  });
  buckets.require(request.bucket);
  if (encodingType !== undefined && encodingType !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encodingType);
  return { prefix, delimiter, maxKeys, encodingType, encode: encodingType === 'url' ? formEncode : (text) => text };
}

function commonElements(
  request: S3Request,
  { prefix, delimiter, maxKeys, encodingType, encode }: ListRequest,
  page: ListPage,
  accountId: string,
  withOwner: boolean,
): XmlElement[] {
  return [
    ['Name', request.bucket],
    ['Prefix', encode(prefix)],
    ['Delimiter', delimiter === '' ? undefined : encode(delimiter)],
    ['MaxKeys', maxKeys],
    ['EncodingType', encodingType],
    ['IsTruncated', page.next !== undefined],
    ...page.objects.map((object): XmlElement => [
      'Contents',
      [...contents(object, encode), ...(withOwner ? [['Owner', [['ID', accountId]]] satisfies XmlElement] : [])],
    ]),
    ...page.commonPrefixes.map((common): XmlElement => ['CommonPrefixes', [['Prefix', encode(common)]]]),
  ];
}

function contents(object: ListedObject, encode: (text: string) => string): XmlElement[] {
  return [
    ['Key', encode(object.key)],
    ['LastModified', new Date(object.modifiedMs).toISOString()],
    ['ETag', `"${object.etag}"`],
    ['ChecksumAlgorithm', object.checksumAlgorithm],
    ['ChecksumType', object.checksumType],
    ['Size', object.size],
    ['StorageClass', 'STANDARD'],
  ];
}

function encodeToken(next: string): string {
  return Buffer.from(next).toString('base64url');
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (text === '' || encodeToken(text) !== token)
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  return text;
}
