import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { collectorHandler } from '../../functions/collector/handler.ts';
import { processorHandler } from '../../functions/processor/handler.ts';
import { rescuerHandler } from '../../functions/rescuer/handler.ts';
import { splitterHandler } from '../../functions/splitter/handler.ts';
import { sweeperHandler } from '../../functions/sweeper/handler.ts';
import { EventBus } from '../../shared/aws/event-bus.ts';
import { MessageQueue } from '../../shared/aws/message-queue.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import { costBasis } from '../builders/cost-basis.ts';
import { eventBridge, queueUrl, s3, sqs } from './aws-clients.ts';
import { resultsBucket, simulatedDeployment, uploadsBucket } from './deployment.ts';
import { currentInvocation, temporaryDirectory, type FunctionName, type LogEntry } from './invocation.ts';
import { simulatedPool } from './simulated-pool.ts';

/** Any of the five; the sweeper responds nothing. */
export type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | undefined>;

/** Images of a shard that a processor has under way at once: enough for calls to overlap. */
const lanes = 3;

const logAs =
  (level: LogEntry['level']) =>
  (input: unknown, ...extra: unknown[]): void => {
    const { functionName, id, host } = currentInvocation();
    const details = extra.map((item) => JSON.stringify(item, errorsToo)).join(' ');
    host.tell({ functionName, invocation: id, level, message: `${String(input)} ${details}` });
  };

/** Errors have no members of their own that JSON would show. */
function errorsToo(_name: string, value: unknown): unknown {
  return value instanceof Error ? String(value) : value;
}

// One for all: its own state is the id of the request, which nobody reads here.
const logger = Object.assign(new Logger({ logLevel: 'SILENT' }), {
  info: logAs('info'),
  warn: logAs('warn'),
  error: logAs('error'),
});
const silentMetrics = new Metrics({ namespace: 'Simulation' });
const metrics = Object.assign(silentMetrics, {
  addMetric: () => silentMetrics,
  publishStoredMetrics: () => {},
});

/** The functions' own handlers as lambda.ts makes them, between clients that lead into the world of the current invocation. */
export function createHandlers(): Record<FunctionName, () => Handler> {
  const store = new StateStore(s3, resultsBucket);
  const queues = {
    uploadsQueue: new MessageQueue(sqs, queueUrl('uploads')),
    shardsQueue: new MessageQueue(sqs, queueUrl('shards')),
    receiptsQueue: new MessageQueue(sqs, queueUrl('receipts')),
  };
  const events = new EventBus(eventBridge, `arn:aws:s3:::${resultsBucket}`);
  const common = {
    ...queues,
    s3,
    sqs,
    store,
    events,
    costBasis,
    budgetedJobs: new Map(),
    logger,
    now: () => new Date(),
  };
  const queueUrls = {
    uploads: queueUrl('uploads'),
    shards: queueUrl('shards'),
    receipts: queueUrl('receipts'),
    rescue: queueUrl('rescue'),
  };
  return {
    splitter: () =>
      splitterHandler({ ...common, uploadsBucket, sourceBuckets: [], urlHosts: [], deployment: simulatedDeployment }),
    processor: () =>
      processorHandler({
        ...common,
        results: store,
        pool: simulatedPool,
        environment: `environment-${currentInvocation().id}`,
        temporaryDirectory,
        lanes,
        imageTimeoutMs: 60_000,
        metrics,
      }),
    collector: () => collectorHandler(common),
    rescuer: () => rescuerHandler(common),
    sweeper: () => {
      const sweep = sweeperHandler({ ...common, queueUrls });
      return async (event, context) => {
        await sweep(event, context);
        return undefined;
      };
    },
  };
}
