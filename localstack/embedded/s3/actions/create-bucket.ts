import { z } from 'zod';
import { AwsError } from '../../aws-error.ts';
import { receiveDocument } from '../payload.ts';
import type { S3Action } from '../services.ts';
import { parseXml } from '../xml.ts';

const DocumentSchema = z.object({
  CreateBucketConfiguration: z.union([z.literal(''), z.object({ LocationConstraint: z.string().optional() })]),
});

export const createBucket: S3Action = async (request, { buckets, region }) => {
  request.authoriseBucket('s3:CreateBucket');
  const document = request.headers['content-length'] === undefined ? '' : await receiveDocument(request);
  if (document !== '') requireRegion(parseXml(document, DocumentSchema), region);
  // Only us-east-1 forgives creating one's own bucket again.
  if (buckets.has(request.bucket) && region !== 'us-east-1')
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      409,
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  buckets.create(request.bucket);
  return { status: 200, headers: { location: `/${request.bucket}` } };
};

function requireRegion(
  { CreateBucketConfiguration: configuration }: z.infer<typeof DocumentSchema>,
  region: string,
): void {
  const wanted = configuration === '' ? undefined : configuration.LocationConstraint;
  if (wanted !== undefined && wanted !== region)
    throw new AwsError(
      'IllegalLocationConstraintException',
      400,
      `The ${wanted} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
}
