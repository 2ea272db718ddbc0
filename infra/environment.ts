import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { Buckets } from './buckets.ts';
import type { Environments } from './functions.ts';
import type { SourceBucket } from './image-fanout-props.ts';
import type { Queues } from './queues.ts';
import type { Sizes } from './validate.ts';

/**
 * MB of one half of V8's young generation. With V8's default, major collections dominate the processor's host process: a thumbnail
 * then costs 41 ms of CPU instead of 33 (11-megapixel photos, two cores).
 */
const youngGeneration = '--max-semi-space-size=1';

/**
 * A million entries of an archive are a gigabyte of short-lived strings. With V8's and glibc's defaults the splitter grows to 300 MB
 * over them, with these to 240 MB; 640 MB of heap are enough for the largest manifest.
 */
const frugal = { NODE_OPTIONS: '--max-semi-space-size=1 --max-old-space-size=640', MALLOC_ARENA_MAX: '2' };

/** Tells each function the names of what it may touch, and no more. */
export function environments(
  { uploads, results }: Buckets,
  queues: Queues,
  sourceBuckets: readonly SourceBucket[],
  sizes: Sizes,
  architecture: Architecture,
): Environments {
  const RESULTS_BUCKET = results.bucketName;
  const UPLOADS_QUEUE_URL = queues.uploads.queueUrl;
  const SHARDS_QUEUE_URL = queues.shards.queueUrl;
  const RECEIPTS_QUEUE_URL = queues.receipts.queueUrl;
  const PROCESSOR_TIMEOUT_S = String(sizes.processorTimeout.toSeconds());
  const readers = {
    URL_HOSTS: sizes.urlHosts.join(','),
    UPLOADS_BUCKET: uploads.bucketName,
    SOURCE_BUCKETS: sourceBuckets.map((bucket) => bucket.bucketName).join(','),
    RESULTS_BUCKET,
    SHARDS_QUEUE_URL,
    RECEIPTS_QUEUE_URL,
    PROCESSOR_TIMEOUT_S,
  };
  /** What a job costs depends on them. */
  const processors = {
    PROCESSOR_MEMORY_MB: String(sizes.processorMemoryMb),
    PROCESSOR_MAX_CONCURRENCY: String(sizes.processorMaxConcurrency),
    PROCESSOR_ARCHITECTURE: architecture.name,
  };
  return {
    splitter: { ...readers, ...processors, UPLOADS_QUEUE_URL, ...frugal },
    processor: { ...readers, NODE_OPTIONS: youngGeneration },
    collector: { ...processors, RESULTS_BUCKET, EVENT_RESOURCE: results.bucketArn },
    rescuer: { RESULTS_BUCKET, SHARDS_QUEUE_URL, RECEIPTS_QUEUE_URL, PROCESSOR_TIMEOUT_S },
    sweeper: {
      RESULTS_BUCKET,
      UPLOADS_QUEUE_URL,
      SHARDS_QUEUE_URL,
      RECEIPTS_QUEUE_URL,
      RESCUE_QUEUE_URL: queues.rescue.queueUrl,
      PROCESSOR_TIMEOUT_S,
    },
  };
}
