import { Logger } from '@aws-lambda-powertools/logger';
import { createS3Client, createSqsClient } from '../../shared/aws/clients.ts';
import { MessageQueue } from '../../shared/aws/message-queue.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import { refuseLoop } from '../../shared/core/refuse-loop.ts';
import { costBasisOf, costVariables } from '../../shared/middleware/cost-variables.ts';
import { nameList, readEnvironment, required, urlHostList } from '../../shared/middleware/environment.ts';
import { readDeployment } from './deployment-file.ts';
import { splitterHandler } from './handler.ts';

const environment = readEnvironment({
  UPLOADS_BUCKET: required,
  RESULTS_BUCKET: required,
  SOURCE_BUCKETS: nameList,
  URL_HOSTS: urlHostList,
  UPLOADS_QUEUE_URL: required,
  SHARDS_QUEUE_URL: required,
  RECEIPTS_QUEUE_URL: required,
  ...costVariables,
});
const deployment = readDeployment(import.meta.dirname);
refuseLoop(
  { uploads: environment.UPLOADS_BUCKET, results: environment.RESULTS_BUCKET },
  deployment.routes.map(({ prefix }) => prefix),
);
const s3 = createS3Client();
const sqs = createSqsClient();

export const handler = splitterHandler({
  s3,
  store: new StateStore(s3, environment.RESULTS_BUCKET),
  uploadsBucket: environment.UPLOADS_BUCKET,
  sourceBuckets: environment.SOURCE_BUCKETS,
  urlHosts: environment.URL_HOSTS,
  uploadsQueue: new MessageQueue(sqs, environment.UPLOADS_QUEUE_URL),
  shardsQueue: new MessageQueue(sqs, environment.SHARDS_QUEUE_URL),
  receiptsQueue: new MessageQueue(sqs, environment.RECEIPTS_QUEUE_URL),
  deployment,
  costBasis: costBasisOf(environment),
  logger: new Logger(),
});
