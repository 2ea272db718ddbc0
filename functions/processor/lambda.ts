import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createS3Client, createSqsClient } from '../../shared/aws/clients.ts';
import { MessageQueue } from '../../shared/aws/message-queue.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import type { EventSender } from '../../shared/core/events.ts';
import { refuseLoop } from '../../shared/core/refuse-loop.ts';
import { nameList, readEnvironment, required } from '../../shared/middleware/environment.ts';
import { processorHandler } from './handler.ts';
import { createPool, poolSize } from './pool/pool.ts';
import { imageTimeoutMsFor, lanesFor } from './processor.ts';
import { removeLeftovers } from './scratch.ts';
import type { UrlFetcher } from './url/fetch-url.ts';

const environment = readEnvironment({
  UPLOADS_BUCKET: required,
  RESULTS_BUCKET: required,
  SHARDS_QUEUE_URL: required,
  RECEIPTS_QUEUE_URL: required,
  PROCESSOR_TIMEOUT_S: z.coerce.number().positive(),
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: z.coerce.number().positive(),
  EVENT_RESOURCE: required.optional(),
  URL_HOSTS: nameList.optional(),
});
// Routes are the splitter's to know.
refuseLoop({ uploads: environment.UPLOADS_BUCKET, results: environment.RESULTS_BUCKET }, []);
const memoryMb = environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;
/** Of the host process: Node, the SDK, buffers of its lanes. */
const hostMemoryMb = 256;

const s3 = createS3Client();
const sqs = createSqsClient();
const size = poolSize(memoryMb);
await removeLeftovers(tmpdir());

/** Opt-in, and loaded only then: one SDK client less at a cold start. */
async function imageEvents(resource: string | undefined): Promise<EventSender | undefined> {
  if (resource === undefined) return undefined;
  const { createEventBus } = await import('../../shared/aws/event-bus.ts');
  return createEventBus(resource);
}

/** Loaded only where hosts are named. */
async function fetchUrl(hosts: readonly string[]): Promise<UrlFetcher | undefined> {
  if (hosts.length === 0) return undefined;
  const { createUrlFetcher } = await import('./url/fetch-url.ts');
  return createUrlFetcher({ hosts });
}

export const handler = processorHandler({
  s3,
  results: new StateStore(s3, environment.RESULTS_BUCKET),
  shardsQueue: new MessageQueue(sqs, environment.SHARDS_QUEUE_URL),
  receiptsQueue: new MessageQueue(sqs, environment.RECEIPTS_QUEUE_URL),
  imageEvents: await imageEvents(environment.EVENT_RESOURCE),
  pool: createPool({
    workerPath: fileURLToPath(new URL('worker.mjs', import.meta.url)),
    size,
    budgetBytes: (memoryMb - hostMemoryMb) * 2 ** 20,
  }),
  fetchUrl: await fetchUrl(environment.URL_HOSTS ?? []),
  environment: randomUUID(),
  temporaryDirectory: tmpdir(),
  lanes: lanesFor(size),
  imageTimeoutMs: imageTimeoutMsFor(environment.PROCESSOR_TIMEOUT_S),
  logger: new Logger(),
  metrics: new Metrics(),
});
