import { Logger } from '@aws-lambda-powertools/logger';
import { createS3Client } from '../../shared/aws/clients.ts';
import { createEventBus } from '../../shared/aws/event-bus.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import { costBasisOf, costVariables } from '../../shared/middleware/cost-variables.ts';
import { readEnvironment, required } from '../../shared/middleware/environment.ts';
import { collectorHandler } from './handler.ts';

const environment = readEnvironment({ RESULTS_BUCKET: required, EVENT_RESOURCE: required, ...costVariables });

export const handler = collectorHandler({
  store: new StateStore(createS3Client(), environment.RESULTS_BUCKET),
  events: createEventBus(environment.EVENT_RESOURCE),
  costBasis: costBasisOf(environment),
  budgetedJobs: new Map(),
  logger: new Logger(),
  now: () => new Date(),
});
