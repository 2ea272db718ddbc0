import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AwsError } from '../../aws-error.ts';
import { checksumElement, checksumHeader, compositeChecksum, fullObjectChecksum } from '../checksums.ts';
import type { Checksum } from '../checksums.ts';
import { badDigest, malformedXml } from '../errors.ts';
import { receiveDocument } from '../payload.ts';
import { writePreconditions } from '../preconditions.ts';
import type { S3Request } from '../request.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';
import { invalidPart } from '../uploads.ts';
import type { Part, Upload } from '../uploads.ts';
import { oneOrMore, parseXml } from '../xml.ts';

/** 5 MiB, for all parts but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 ** 2;

const ClaimedPartSchema = z.object({
  PartNumber: z.string().regex(/^\d+$/u).transform(Number),
  ETag: z.string().transform((etag) => etag.replaceAll('"', '')),
  ChecksumCRC32: z.string().optional(),
  ChecksumCRC32C: z.string().optional(),
  ChecksumCRC64NVME: z.string().optional(),
  ChecksumSHA1: z.string().optional(),
  ChecksumSHA256: z.string().optional(),
});
type ClaimedPart = z.infer<typeof ClaimedPartSchema>;

const DocumentSchema = z.object({ CompleteMultipartUpload: z.object({ Part: oneOrMore(ClaimedPartSchema) }) });

export const completeMultipartUpload: S3Action = async (request, { store, objects, uploads }) => {
  const { bucket, key } = request;
  request.authoriseObject('s3:PutObject');
  const preconditions = writePreconditions(request);
  const uploadId = request.parameter('uploadId');
  const claimed = parseXml(await receiveDocument(request, false), DocumentSchema).CompleteMultipartUpload.Part;
  const { etag, checksum } = store.transaction(() => {
    const upload = uploads.require(bucket, key, uploadId);
    const parts = chosenParts(claimed, uploads.parts(upload.id), upload);
    const content = contentOf(parts, objectChecksum(upload, parts, request));
    objects.put({
      bucket,
      key,
      content,
      description: upload.description,
      preconditions,
      event: 'ObjectCreated:CompleteMultipartUpload',
      cause: request.cause(),
    });
    uploads.end(upload.id, new Set(content.segments.map((segment) => segment.id)));
    return content;
  });
  return xmlResponse('CompleteMultipartUploadResult', [
    ['Location', `http://${request.header('host')}/${bucket}/${encodeURIComponent(key)}`],
    ['Bucket', bucket],
    ['Key', key],
    ['ETag', `"${etag}"`],
    ...(checksum === undefined
      ? []
      : ([
          [checksumElement(checksum.algorithm), checksum.value],
          ['ChecksumType', checksum.type],
        ] as const)),
  ]);
};

function contentOf(parts: readonly Part[], checksum: Checksum | undefined) {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.etag, 'hex');
  const segments = parts.map((part) => part.segment);
  return {
    etag: `${md5.digest('hex')}-${parts.length}`,
    size: segments.reduce((sum, segment) => sum + segment.size, 0),
    segments,
    checksum,
  };
}

function chosenParts(claimed: readonly ClaimedPart[], stored: readonly Part[], upload: Upload): Part[] {
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  requireAscending(claimed);
  return claimed.map((claim, i) => {
    const part = byNumber.get(claim.PartNumber);
    const claimedChecksum =
      upload.checksum === undefined ? undefined : claim[checksumElement(upload.checksum.algorithm)];
    if (part === undefined || part.etag !== claim.ETag) throw invalidPart(claim.PartNumber);
    if (claimedChecksum !== undefined && claimedChecksum !== part.checksum) throw invalidPart(claim.PartNumber);
    if (i < claimed.length - 1 && part.segment.size < MIN_PART_BYTES)
      throw new AwsError('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
        ProposedSize: String(part.segment.size),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(part.number),
        ETag: part.etag,
      });
    return part;
  });
}

function requireAscending(claimed: readonly ClaimedPart[]): void {
  claimed.forEach(({ PartNumber }, i) => {
    if (PartNumber <= (claimed[i - 1]?.PartNumber ?? 0))
      throw new AwsError(
        'InvalidPartOrder',
        400,
        'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
      );
  });
}

/** The object's checksum from its parts'; compared with the one that the client declares for the whole, if it does. */
function objectChecksum(upload: Upload, parts: readonly Part[], request: S3Request): Checksum | undefined {
  if (upload.checksum === undefined) return undefined;
  const { algorithm, type } = upload.checksum;
  const checksums = parts.map(({ segment, checksum }) => {
    if (checksum === undefined) throw malformedXml(`a part has no ${algorithm} checksum`);
    return { size: segment.size, value: checksum };
  });
  const value = (type === 'COMPOSITE' ? compositeChecksum : fullObjectChecksum)(algorithm, checksums);
  const declared = request.header(checksumHeader(algorithm));
  if (declared !== undefined && declared !== value && declared !== value.split('-')[0]) throw badDigest(algorithm);
  return { algorithm, type, value };
}
