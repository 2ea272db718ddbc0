import { AwsError } from '../../aws-error.ts';
import { authorise } from '../../iam/principals.ts';
import { objectArn } from '../arn.ts';
import { checksumElement } from '../checksums.ts';
import { describe } from '../description.ts';
import { invalidArgument } from '../errors.ts';
import type { Description } from '../object-record.ts';
import { writePreconditions } from '../preconditions.ts';
import type { S3Request } from '../request.ts';
import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';
import type { CopySource } from './copy-source.ts';
import { copySource } from './copy-source.ts';

export const copyObject: S3Action = async (request, services) => {
  const { bucket, key } = request;
  request.authoriseObject('s3:PutObject');
  services.buckets.require(bucket);
  const source = copySource(request, services);
  const description = describeCopy(request, source);
  if (description.tags.length > 0) request.authoriseObject('s3:PutObjectTagging');
  const preconditions = writePreconditions(request);
  const { etag, size, checksum } = source.object;
  const segments = await services.bodies.copy(source.object.segments);
  services.bodies.adopt(segments, () =>
    services.objects.put({
      bucket,
      key,
      content: { etag, size, segments, checksum },
      description,
      preconditions,
      event: 'ObjectCreated:Copy',
      cause: request.cause(),
    }),
  );
  return xmlResponse('CopyObjectResult', [
    ['LastModified', new Date(services.clock.now()).toISOString()],
    ['ETag', `"${etag}"`],
    ...(checksum === undefined ? [] : ([[checksumElement(checksum.algorithm), checksum.value]] as const)),
  ]);
};

function describeCopy(request: S3Request, { bucket, key, object }: CopySource): Description {
  const replaceMetadata = isReplace(request, 'x-amz-metadata-directive');
  const replaceTags = isReplace(request, 'x-amz-tagging-directive');
  if (bucket === request.bucket && key === request.key && !replaceMetadata)
    throw new AwsError(
      'InvalidRequest',
      400,
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  if (!replaceTags && object.tags.length > 0)
    authorise(request.authenticated.principal, 's3:GetObjectTagging', objectArn(bucket, key));
  const given = describe(request.headers);
  const { headers, metadata } = replaceMetadata ? given : object;
  return { headers, metadata, tags: replaceTags ? given.tags : object.tags };
}

function isReplace(request: S3Request, name: string): boolean {
  const directive = request.header(name) ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') throw invalidArgument('Unknown directive', name, directive);
  return directive === 'REPLACE';
}
