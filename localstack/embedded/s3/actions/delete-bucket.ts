import { AwsError } from '../../aws-error.ts';
import type { S3Action } from '../services.ts';

export const deleteBucket: S3Action = (request, { buckets, objects, uploads }) => {
  request.authoriseBucket('s3:DeleteBucket');
  buckets.require(request.bucket);
  if (!objects.isEmpty(request.bucket))
    throw new AwsError('BucketNotEmpty', 409, 'The bucket you tried to delete is not empty', {
      BucketName: request.bucket,
    });
  for (const upload of uploads.list(request.bucket)) uploads.end(upload.id);
  buckets.delete(request.bucket);
  return { status: 204 };
};
