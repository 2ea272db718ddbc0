import type { S3Action } from '../services.ts';

export const headBucket: S3Action = (request, { buckets, region }) => {
  request.authoriseBucket('s3:ListBucket');
  buckets.require(request.bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': region, 'content-type': 'application/xml' } };
};
