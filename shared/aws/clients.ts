import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Agent } from 'node:https';

/** Sockets of one client: above what a processor keeps in flight, below what a body left unread could exhaust unnoticed. */
const maxSockets = 64;

/** Without `throwOnRequestTimeout` the SDK only logs that the time is over; `socketTimeout` ends a body that stalls. */
export const requestTimeouts = {
  connectionTimeout: 3_000,
  requestTimeout: 20_000,
  throwOnRequestTimeout: true,
  socketTimeout: 10_000,
} as const;

/** Region, credentials and endpoint come from the environment, as everywhere on Lambda. */
export function createS3Client(): S3Client {
  return new S3Client({
    // A local endpoint has no wildcard DNS for bucket names.
    forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
    maxAttempts: 4,
    requestHandler: {
      httpsAgent: new Agent({ keepAlive: true, maxSockets }),
      httpAgent: { maxSockets },
      ...requestTimeouts,
    },
  });
}

export function createSqsClient(): SQSClient {
  return new SQSClient({ maxAttempts: 4, requestHandler: requestTimeouts });
}
