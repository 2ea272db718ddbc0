import { Logger } from '@aws-lambda-powertools/logger';
import { createS3Client } from '../../shared/aws/clients.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import { readEnvironment, required } from '../../shared/middleware/environment.ts';
import { collectorHandler } from './handler.ts';

const environment = readEnvironment({ RESULTS_BUCKET: required });

export const handler = collectorHandler({
  store: new StateStore(createS3Client(), environment.RESULTS_BUCKET),
  logger: new Logger(),
  now: () => new Date(),
});
