import { ChecksumAlgorithmSchema, ChecksumTypeSchema, checksumHeader } from '../checksums.ts';
import { describe } from '../description.ts';
import { invalidRequest } from '../errors.ts';
import type { S3Request } from '../request.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';
import type { Upload } from '../uploads.ts';

export const createMultipartUpload: S3Action = (request, { uploads }) => {
  const { bucket, key } = request;
  request.authoriseObject('s3:PutObject');
  const description = describe(request.headers);
  if (description.tags.length > 0) request.authoriseObject('s3:PutObjectTagging');
  const checksum = declaredKind(request);
  const uploadId = uploads.create(bucket, key, description, checksum);
  const headers =
    checksum === undefined
      ? {}
      : { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type };
  return xmlResponse(
    'InitiateMultipartUploadResult',
    [
      ['Bucket', bucket],
      ['Key', key],
      ['UploadId', uploadId],
    ],
    headers,
  );
};

export const abortMultipartUpload: S3Action = (request, { uploads }) => {
  request.authoriseObject('s3:AbortMultipartUpload');
  const { id } = uploads.require(request.bucket, request.key, request.parameter('uploadId'));
  uploads.end(id);
  return { status: 204 };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html: which types an algorithm has. */
function declaredKind(request: S3Request): Upload['checksum'] {
  const algorithmText = request.header('x-amz-checksum-algorithm');
  const typeText = request.header('x-amz-checksum-type');
  if (algorithmText === undefined) {
    if (typeText !== undefined) throw invalidRequest('x-amz-checksum-type needs x-amz-checksum-algorithm');
    return undefined;
  }
  const algorithm = ChecksumAlgorithmSchema.safeParse(algorithmText.toUpperCase()).data;
  if (algorithm === undefined) throw invalidRequest(`Checksum algorithm ${algorithmText} is not supported`);
  const standard = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  const type = typeText === undefined ? standard : ChecksumTypeSchema.safeParse(typeText.toUpperCase()).data;
  const impossible =
    type === undefined ||
    (type === 'COMPOSITE' && algorithm === 'CRC64NVME') ||
    (type === 'FULL_OBJECT' && algorithm.startsWith('SHA'));
  if (impossible)
    throw invalidRequest(
      `The ${typeText} checksum type cannot be used with the ${checksumHeader(algorithm)} checksum algorithm.`,
    );
  return { algorithm, type };
}
