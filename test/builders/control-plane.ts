import { Logger } from '@aws-lambda-powertools/logger';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { collectorHandler } from '../../functions/collector/handler.ts';
import { rescuerHandler } from '../../functions/rescuer/handler.ts';
import { splitterHandler } from '../../functions/splitter/handler.ts';
import { sweeperHandler } from '../../functions/sweeper/handler.ts';
import { parseEventPattern } from '../../localstack/embedded/events/event-pattern.ts';
import type { Endpoint } from '../../localstack/embedded/endpoint.ts';
import type { QueueMessage } from '../../localstack/embedded/sqs/message.ts';
import { EventBus } from '../../shared/aws/event-bus.ts';
import { MessageQueue } from '../../shared/aws/message-queue.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import type { DeploymentBudget } from '../../shared/core/budget.ts';
import { builtInRecipes } from '../../shared/core/built-in-recipes.ts';
import type { Deployment, Route } from '../../shared/core/deployment.ts';
import { costBasis } from './cost-basis.ts';
import { embeddedEndpoint, type Clients } from './embedded-endpoint.ts';
import { hugeRecipe, smallRecipe } from './protocol.ts';

export const queueNames = ['uploads', 'shards', 'receipts', 'rescue'] as const;
export type QueueName = (typeof queueNames)[number];

type SqsHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** The four bookkeeping functions as one set of clients sees them. */
export interface Functions {
  readonly splitter: SqsHandler;
  readonly collector: SqsHandler;
  readonly rescuer: SqsHandler;
  readonly sweep: () => Promise<void>;
  readonly store: StateStore;
}

export interface FunctionOptions {
  /** Until Lambda ends the invocation; a minute by default. */
  readonly remainingMs?: () => number;
  /** Added to the machine's time where a function asks for the time. */
  readonly offsetMs?: number;
  readonly sourceBuckets?: readonly string[];
  /** Of the deployment. */
  readonly budget?: DeploymentBudget;
}

/** Buckets, queues and functions of the bookkeeping, without Lambda and without a processor. */
export interface ControlPlane extends Clients, Functions {
  readonly endpoint: Endpoint;
  /** Functions with clients or times of their own. */
  functions(options: FunctionOptions, clients?: Clients): Functions;
  /** Puts into the uploads bucket, which notifies the uploads queue. Returns the ETag. */
  upload(key: string, body: string | Buffer): Promise<string>;
  put(bucket: string, key: string, body: string | Buffer): Promise<string>;
  /** All visible messages of a queue, which are then in flight. */
  receive(queue: QueueName): Promise<QueueMessage[]>;
  /** Takes all visible messages out of a queue. */
  take(queue: QueueName): Promise<QueueMessage[]>;
  /** Gives messages to a handler as one batch and deletes what succeeded; the rest stays in flight. Returns the failed ids. */
  deliver(queue: QueueName, handler: SqsHandler, messages: readonly QueueMessage[]): Promise<string[]>;
  send(queue: QueueName, body: unknown): void;
  waiting(queue: QueueName): number;
  /** Up to ten of our events on the default bus since the last call. */
  events(): Promise<unknown[]>;
  /** Bodies by key below a prefix of the results bucket. */
  dump(prefix: string): Promise<Record<string, string>>;
}

const routes: Route[] = [
  { prefix: 'images/', recipe: 'small', accept: ['image'], output: { prefix: 'img/' } },
  { prefix: 'jobs/', recipe: 'small', accept: ['manifest'], output: { prefix: '' } },
  { prefix: 'any/', recipe: 'small', accept: ['image', 'manifest', 'archive'], output: { prefix: '' } },
];
export const deployment: Deployment = {
  v: 1,
  routes,
  recipes: { ...builtInRecipes, small: smallRecipe, huge: hugeRecipe },
};

const resultsArn = 'arn:aws:s3:::results';

function contextOf(remainingMs: () => number): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'function',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:function',
    memoryLimitInMB: '512',
    awsRequestId: 'request',
    logGroupName: 'group',
    logStreamName: 'stream',
    getRemainingTimeInMillis: remainingMs,
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

function recordOf({ messageId, receiptHandle, body, md5OfBody, attributes }: QueueMessage): SQSRecord {
  const { ApproximateReceiveCount = '1', SentTimestamp = '0' } = attributes;
  return {
    messageId,
    receiptHandle,
    body,
    md5OfBody,
    attributes: { ApproximateReceiveCount, SentTimestamp, SenderId: 'test', ApproximateFirstReceiveTimestamp: '0' },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:queue',
    awsRegion: 'us-east-1',
  };
}

/** Opens one over an embedded endpoint; all ends with the test. */
export async function openControlPlane(): Promise<ControlPlane> {
  const { endpoint, s3, sqs, eventBridge } = await embeddedEndpoint();
  const queue = (name: string) => endpoint.queues.create(name, {});
  const refs = {
    uploads: queue('uploads'),
    shards: queue('shards'),
    receipts: queue('receipts'),
    rescue: queue('rescue'),
  };
  const events = queue('events');
  endpoint.eventBus.addRule({
    pattern: parseEventPattern({ source: ['fanlight'], resources: [resultsArn] }),
    targets: [(event) => void endpoint.queues.send(events.arn, { body: JSON.stringify(event) })],
  });
  endpoint.buckets.create('results');
  endpoint.buckets.create('legacy');
  endpoint.buckets.create('foreign');
  endpoint.buckets.create('uploads', {
    notifications: {
      queueConfigurations: routes.map(({ prefix }) => ({
        queueArn: refs.uploads.arn,
        events: ['s3:ObjectCreated:*'],
        prefix,
      })),
    },
  });

  const functions = (
    { remainingMs = () => 60_000, offsetMs = 0, sourceBuckets = ['legacy'], budget = {} }: FunctionOptions,
    clients: Clients = { s3, sqs, eventBridge },
  ): Functions => {
    const store = new StateStore(clients.s3, 'results');
    const logger = new Logger({ logLevel: 'SILENT' });
    const now = () => new Date(Date.now() + offsetMs);
    const queues = {
      uploadsQueue: new MessageQueue(clients.sqs, refs.uploads.url),
      shardsQueue: new MessageQueue(clients.sqs, refs.shards.url),
      receiptsQueue: new MessageQueue(clients.sqs, refs.receipts.url),
    };
    const queueUrls = {
      uploads: refs.uploads.url,
      shards: refs.shards.url,
      receipts: refs.receipts.url,
      rescue: refs.rescue.url,
    };
    const bus = new EventBus(clients.eventBridge, resultsArn);
    const common = { ...clients, ...queues, events: bus, costBasis, budgetedJobs: new Map(), store, logger, now };
    const split = splitterHandler({
      ...common,
      uploadsBucket: 'uploads',
      sourceBuckets,
      urlHosts: ['images.example.com'],
      deployment: { ...deployment, budget },
    });
    const collect = collectorHandler(common);
    const rescue = rescuerHandler(common);
    const sweep = sweeperHandler({ ...common, queueUrls });
    const context = contextOf(remainingMs);
    return {
      store,
      splitter: (event) => split(event, context),
      collector: (event) => collect(event, context),
      rescuer: (event) => rescue(event, context),
      sweep: () => sweep({}, context),
    };
  };

  const plane: ControlPlane = {
    endpoint,
    s3,
    sqs,
    eventBridge,
    ...functions({}),
    functions,
    upload: (key, body) => plane.put('uploads', key, body),
    async put(bucket, key, body) {
      const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body) }));
      return ETag;
    },
    async receive(name) {
      const all: QueueMessage[] = [];
      for (;;) {
        const received = await endpoint.queues.receive(refs[name].arn, { max: 10, waitMs: 0 });
        if (received.length === 0) return all;
        all.push(...received);
      }
    },
    async take(name) {
      const messages = await plane.receive(name);
      endpoint.queues.delete(
        refs[name].arn,
        messages.map(({ receiptHandle }) => receiptHandle),
      );
      return messages;
    },
    async deliver(name, handler, messages) {
      if (messages.length === 0) return [];
      const { batchItemFailures } = await handler(
        { Records: messages.map(recordOf) },
        contextOf(() => 60_000),
      );
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const succeeded = messages.filter(({ messageId }) => !failed.has(messageId));
      endpoint.queues.delete(
        refs[name].arn,
        succeeded.map(({ receiptHandle }) => receiptHandle),
      );
      return [...failed];
    },
    send: (name, body) => void endpoint.queues.send(refs[name].arn, { body: JSON.stringify(body) }),
    waiting: (name) => endpoint.queues.counts(refs[name].arn).visible,
    async events() {
      const received = await endpoint.queues.receive(events.arn, { max: 10, waitMs: 0 });
      endpoint.queues.delete(
        events.arn,
        received.map(({ receiptHandle }) => receiptHandle),
      );
      return received.map(({ body }): unknown => JSON.parse(body));
    },
    async dump(prefix) {
      const texts: Record<string, string> = {};
      for await (const { key } of plane.store.list(prefix)) texts[key] = (await plane.store.read(key))?.text ?? '';
      return texts;
    },
  };
  // S3 tests each notification as it is configured.
  await plane.take('uploads');
  return plane;
}
