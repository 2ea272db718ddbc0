import { describe } from '../description.ts';
import { checksumResponseHeaders } from '../checksums.ts';
import { receiveBody } from '../payload.ts';
import { writePreconditions } from '../preconditions.ts';
import type { S3Action } from '../services.ts';

export const putObject: S3Action = async (request, { bodies, buckets, objects }) => {
  const { bucket, key } = request;
  request.authoriseObject('s3:PutObject');
  const description = describe(request.headers);
  if (description.tags.length > 0) request.authoriseObject('s3:PutObjectTagging');
  const preconditions = writePreconditions(request);
  buckets.require(bucket);
  const { segment, md5, checksum } = await receiveBody(request, bodies);
  const etag = md5.toString('hex');
  bodies.adopt([segment], () =>
    objects.put({
      bucket,
      key,
      content: { etag, size: segment.size, segments: [segment], checksum },
      description,
      preconditions,
      event: 'ObjectCreated:Put',
      cause: request.cause(),
    }),
  );
  return { status: 200, headers: { etag: `"${etag}"`, ...checksumResponseHeaders(checksum) } };
};
