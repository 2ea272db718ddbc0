import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';

export const getBucketLocation: S3Action = (request, { buckets, region }) => {
  request.authoriseBucket('s3:GetBucketLocation');
  buckets.require(request.bucket);
  return xmlResponse('LocationConstraint', region === 'us-east-1' ? undefined : region);
};
