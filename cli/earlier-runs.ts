import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { PurgeQueueCommand, PurgeQueueInProgress, SQSClient } from '@aws-sdk/client-sqs';
import { activePrefix, statePrefix } from '../shared/core/state-key.ts';
import { CliError } from './cli-error.ts';
import { localAccess } from './local-stack.ts';
import type { LocalStack } from './local-stack.ts';

/** Deletes every object below a prefix. */
export async function deleteBelow(s3: S3Client, bucket: string, prefix: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    if (Contents.length === 0) return;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [error] = Errors;
    if (error !== undefined)
      throw new CliError('STACK_FAILED', `${error.Key ?? prefix} cannot be deleted: ${error.Message ?? error.Code}`);
  }
}

async function hasOpenJob({ s3, resultsBucket }: LocalStack): Promise<boolean> {
  const { KeyCount = 0 } = await s3.send(
    new ListObjectsV2Command({ Bucket: resultsBucket, Prefix: activePrefix, MaxKeys: 1 }),
  );
  return KeyCount > 0;
}

/** SQS purges a queue at most once a minute; what is left then finds its job gone and does nothing. */
async function purgeQueues({ stack, queueUrls }: LocalStack): Promise<void> {
  const sqs = new SQSClient({ ...localAccess, endpoint: stack.url });
  try {
    for (const QueueUrl of queueUrls)
      await sqs.send(new PurgeQueueCommand({ QueueUrl })).catch((error: unknown) => {
        if (!(error instanceof PurgeQueueInProgress)) throw error;
      });
  } finally {
    sqs.destroy();
  }
}

/**
 * Forgets the jobs of earlier runs into the same folder, ended or interrupted: their messages, sources and state. The renditions
 * stay, and they are what lets this run skip what is done.
 */
export async function forgetEarlierRuns(local: LocalStack): Promise<void> {
  const { s3, uploadsBucket, resultsBucket, manifestsPrefix, sourcesPrefix } = local;
  if (await hasOpenJob(local)) await purgeQueues(local);
  await deleteBelow(s3, uploadsBucket, sourcesPrefix);
  await deleteBelow(s3, uploadsBucket, manifestsPrefix);
  await deleteBelow(s3, resultsBucket, statePrefix);
}
