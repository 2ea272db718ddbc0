import { Logger } from '@aws-lambda-powertools/logger';
import { createS3Client, createSqsClient } from '../../shared/aws/clients.ts';
import { MessageQueue } from '../../shared/aws/message-queue.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import { readEnvironment, required } from '../../shared/middleware/environment.ts';
import { rescuerHandler } from './handler.ts';

const environment = readEnvironment({
  RESULTS_BUCKET: required,
  SHARDS_QUEUE_URL: required,
  RECEIPTS_QUEUE_URL: required,
});
const sqs = createSqsClient();

export const handler = rescuerHandler({
  store: new StateStore(createS3Client(), environment.RESULTS_BUCKET),
  shardsQueue: new MessageQueue(sqs, environment.SHARDS_QUEUE_URL),
  receiptsQueue: new MessageQueue(sqs, environment.RECEIPTS_QUEUE_URL),
  logger: new Logger(),
  now: () => new Date(),
});
