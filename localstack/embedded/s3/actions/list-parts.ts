import { checksumElement } from '../checksums.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';
import type { XmlElement } from '../xml.ts';
import { MAX_PARTS } from './upload-part.ts';

const MAX_LISTED = 1000;

export const listParts: S3Action = (request, { uploads, accountId }) => {
  request.authoriseObject('s3:ListMultipartUploadParts');
  const upload = uploads.require(request.bucket, request.key, request.parameter('uploadId'));
  const marker = request.integer('part-number-marker', 0, MAX_PARTS) ?? 0;
  const maxParts = Math.min(request.integer('max-parts', 0, Number.MAX_SAFE_INTEGER) ?? MAX_LISTED, MAX_LISTED);
  const rest = uploads.parts(upload.id).filter((part) => part.number > marker);
  const page = rest.slice(0, maxParts);
  const truncated = rest.length > page.length;
  return xmlResponse('ListPartsResult', [
    ['Bucket', request.bucket],
    ['Key', request.key],
    ['UploadId', upload.id],
    ['Initiator', [['ID', accountId]]],
    ['Owner', [['ID', accountId]]],
    ['StorageClass', 'STANDARD'],
    ['PartNumberMarker', marker],
    ['NextPartNumberMarker', truncated ? page.at(-1)?.number : undefined],
    ['MaxParts', maxParts],
    ['IsTruncated', truncated],
    ['ChecksumAlgorithm', upload.checksum?.algorithm],
    ['ChecksumType', upload.checksum?.type],
    ...page.map((part): XmlElement => [
      'Part',
      [
        ['PartNumber', part.number],
        ['LastModified', new Date(part.modifiedMs).toISOString()],
        ['ETag', `"${part.etag}"`],
        ['Size', part.segment.size],
        ...(upload.checksum === undefined
          ? []
          : [[checksumElement(upload.checksum.algorithm), part.checksum] satisfies XmlElement]),
      ],
    ]),
  ]);
};
