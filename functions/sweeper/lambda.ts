import { Logger } from '@aws-lambda-powertools/logger';
import { createS3Client, createSqsClient } from '../../shared/aws/clients.ts';
import { MessageQueue } from '../../shared/aws/message-queue.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import { readEnvironment, required } from '../../shared/middleware/environment.ts';
import { sweeperHandler } from './handler.ts';

const environment = readEnvironment({
  RESULTS_BUCKET: required,
  UPLOADS_QUEUE_URL: required,
  SHARDS_QUEUE_URL: required,
  RECEIPTS_QUEUE_URL: required,
  RESCUE_QUEUE_URL: required,
});
const sqs = createSqsClient();

export const handler = sweeperHandler({
  sqs,
  queueUrls: {
    uploads: environment.UPLOADS_QUEUE_URL,
    shards: environment.SHARDS_QUEUE_URL,
    receipts: environment.RECEIPTS_QUEUE_URL,
    rescue: environment.RESCUE_QUEUE_URL,
  },
  store: new StateStore(createS3Client(), environment.RESULTS_BUCKET),
  uploadsQueue: new MessageQueue(sqs, environment.UPLOADS_QUEUE_URL),
  shardsQueue: new MessageQueue(sqs, environment.SHARDS_QUEUE_URL),
  receiptsQueue: new MessageQueue(sqs, environment.RECEIPTS_QUEUE_URL),
  logger: new Logger(),
  now: () => new Date(),
});
