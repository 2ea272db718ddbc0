import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { limits } from '../shared/core/limits.ts';

/** The two buckets; S3 is the pipeline's only state. */
export interface Buckets {
  readonly uploads: Bucket;
  readonly results: Bucket;
}

/** Parts of an upload that never ends are billed and invisible. */
const abortUploads: LifecycleRule = { id: 'AbortUploads', abortIncompleteMultipartUploadAfter: Duration.days(1) };

/** A job may go on until its deadline, and needs them until then. */
const scratchRetention = Duration.days(limits.maxDeadlineMs / 86_400_000 + 1);

/** Both private, encrypted by S3, reached through TLS only. */
export function createBuckets(
  scope: Construct,
  options: { stateRetention: Duration; removalPolicy?: RemovalPolicy | undefined },
): Buckets {
  const common = {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: options.removalPolicy ?? RemovalPolicy.RETAIN,
  };
  return {
    uploads: new Bucket(scope, 'Uploads', { ...common, lifecycleRules: [abortUploads] }),
    results: new Bucket(scope, 'Results', {
      ...common,
      lifecycleRules: [
        abortUploads,
        expire('ExpireScratch', '_fanlight/scratch/', scratchRetention),
        expire('ExpireJobs', '_fanlight/jobs/', options.stateRetention),
        expire('ExpireDaily', '_fanlight/daily/', options.stateRetention),
      ],
    }),
  };
}

function expire(id: string, prefix: string, expiration: Duration): LifecycleRule {
  return { id, prefix, expiration };
}
