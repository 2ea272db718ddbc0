import { notImplemented } from '../errors.ts';
import { compareUtf8 } from '../listing.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';
import type { Upload } from '../uploads.ts';
import { formEncode } from '../url-encoding.ts';
import type { XmlElement } from '../xml.ts';

const MAX_UPLOADS = 1000;

export const listMultipartUploads: S3Action = (request, { uploads, accountId }) => {
  request.authoriseBucket('s3:ListBucketMultipartUploads');
  const { query, bucket } = request;
  if (query.has('delimiter')) throw notImplemented('ListMultipartUploads with a delimiter');
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const uploadIdMarker = query.get('upload-id-marker') ?? '';
  const encodingType = query.get('encoding-type') ?? undefined;
  const encode = encodingType === 'url' ? formEncode : (text: string) => text;
  const maxUploads = Math.min(request.integer('max-uploads', 1, Number.MAX_SAFE_INTEGER) ?? MAX_UPLOADS, MAX_UPLOADS);
  const all = uploads.list(bucket).filter((upload) => upload.key.startsWith(prefix));
  const rest = behind(all, keyMarker, uploadIdMarker);
  const page = rest.slice(0, maxUploads);
  const last = rest.length > page.length ? page.at(-1) : undefined;
  return xmlResponse('ListMultipartUploadsResult', [
    ['Bucket', bucket],
    ['KeyMarker', encode(keyMarker)],
    ['UploadIdMarker', uploadIdMarker],
    ['NextKeyMarker', last === undefined ? undefined : encode(last.key)],
    ['NextUploadIdMarker', last?.id],
    ['Prefix', encode(prefix)],
    ['EncodingType', encodingType],
    ['MaxUploads', maxUploads],
    ['IsTruncated', last !== undefined],
    ...page.map((upload): XmlElement => ['Upload', uploadElements(upload, encode, accountId)]),
  ]);
};

function behind(uploads: readonly Upload[], keyMarker: string, uploadIdMarker: string): Upload[] {
  if (keyMarker === '') return [...uploads];
  const marked = uploads.findIndex((upload) => upload.key === keyMarker && upload.id === uploadIdMarker);
  if (marked >= 0) return uploads.slice(marked + 1);
  return uploads.filter((upload) => compareUtf8(upload.key, keyMarker) > 0);
}

function uploadElements(upload: Upload, encode: (text: string) => string, accountId: string): XmlElement[] {
  return [
    ['Key', encode(upload.key)],
    ['UploadId', upload.id],
    ['Initiator', [['ID', accountId]]],
    ['Owner', [['ID', accountId]]],
    ['StorageClass', 'STANDARD'],
    ['Initiated', new Date(upload.startedMs).toISOString()],
    ['ChecksumAlgorithm', upload.checksum?.algorithm],
    ['ChecksumType', upload.checksum?.type],
  ];
}
