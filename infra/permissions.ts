import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Buckets } from './buckets.ts';
import type { FunctionName } from './bundling.ts';
import { functionNames } from './bundling.ts';
import { putEvents } from './events.ts';
import type { Functions } from './functions.ts';
import type { SourceBucket } from './image-fanout-props.ts';
import type { Queues } from './queues.ts';

const renditions = 'renditions/*';
const anyState = '_fanlight/*';
const active = '_fanlight/active/*';
const jobs = '_fanlight/jobs/*';
const daily = '_fanlight/daily/*';
const scratch = '_fanlight/scratch/*';
const uploadPointers = '_fanlight/uploads/*';
const anyKey = '*';

/** What each stage may do beside consuming its queue and writing its log: nothing but this (design 5, invariant 8). */
export function permissions(
  { uploads, results }: Buckets,
  queues: Queues,
  sourceBuckets: readonly SourceBucket[],
): Record<FunctionName, PolicyStatement[]> {
  const sources = [uploads, ...sourceBuckets];
  const readSources = sources.flatMap((bucket) => [readVersions(bucket), list(bucket)]);
  return {
    splitter: [
      ...readSources,
      read(results, active, jobs, scratch),
      write(results, active, jobs, daily, uploadPointers, scratch),
      list(results, renditions, anyState),
      send(queues.shards, queues.receipts, queues.uploads),
    ],
    processor: [
      ...readSources,
      read(results, renditions, jobs, scratch),
      write(results, renditions, jobs, daily),
      list(results, renditions, anyState),
      send(queues.shards, queues.receipts),
    ],
    collector: [
      read(results, active, jobs),
      write(results, jobs),
      remove(results, active),
      list(results, anyState),
      putEvents(results),
    ],
    rescuer: [
      read(results, jobs, daily),
      write(results, jobs, daily),
      list(results, anyState),
      send(queues.shards, queues.receipts),
    ],
    sweeper: [
      read(results, active, jobs),
      write(results, active, jobs),
      list(results, anyState),
      look(queues.uploads, queues.shards, queues.receipts, queues.rescue),
      send(queues.uploads, queues.shards, queues.receipts),
    ],
  };
}

export function addPermissions(functions: Functions, statements: Record<FunctionName, PolicyStatement[]>): void {
  for (const name of functionNames) {
    for (const statement of statements[name]) functions[name].addToRolePolicy(statement);
  }
}

function read(bucket: SourceBucket, ...keys: string[]): PolicyStatement {
  return onObjects('s3:GetObject', bucket, keys);
}

/** A versioned bucket's event names the version, and a GET of it is another action. */
function readVersions(bucket: SourceBucket): PolicyStatement {
  return new PolicyStatement({
    actions: ['s3:GetObject', 's3:GetObjectVersion'],
    resources: [bucket.arnForObjects(anyKey)],
  });
}

function write(bucket: SourceBucket, ...keys: string[]): PolicyStatement {
  return onObjects('s3:PutObject', bucket, keys);
}

function remove(bucket: SourceBucket, ...keys: string[]): PolicyStatement {
  return onObjects('s3:DeleteObject', bucket, keys);
}

function onObjects(action: string, bucket: SourceBucket, keys: readonly string[]): PolicyStatement {
  return new PolicyStatement({ actions: [action], resources: keys.map((key) => bucket.arnForObjects(key)) });
}

/**
 * Lists the bucket, or only below `prefixes`. IfExists, because S3 also asks for s3:ListBucket when it decides whether a
 * missing object is 404 or 403, and a GET has no s3:prefix that could match.
 */
function list(bucket: SourceBucket, ...prefixes: string[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    ...(prefixes.length === 0 ? {} : { conditions: { StringLikeIfExists: { 's3:prefix': prefixes } } }),
  });
}

function send(...targets: Queue[]): PolicyStatement {
  return onQueues('sqs:SendMessage', targets);
}

function look(...targets: Queue[]): PolicyStatement {
  return onQueues('sqs:GetQueueAttributes', targets);
}

function onQueues(action: string, targets: readonly Queue[]): PolicyStatement {
  return new PolicyStatement({ actions: [action], resources: targets.map((queue) => queue.queueArn) });
}
