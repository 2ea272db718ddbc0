import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { GetObjectCommand, PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processorHandler } from '../../functions/processor/handler.ts';
import { createPool } from '../../functions/processor/pool/pool.ts';
import type { Processor } from '../../functions/processor/processor.ts';
import type { QueueMessage } from '../../localstack/embedded/sqs/message.ts';
import { openEndpoint, type Endpoint, type RequestHandler } from '../../localstack/embedded/endpoint.ts';
import { MessageQueue } from '../../shared/aws/message-queue.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import { NoticeSchema, type ReceiptNotice } from '../../shared/core/notice.ts';
import type { Outcome } from '../../shared/core/outcome.ts';
import { ReceiptSchema, type Receipt } from '../../shared/core/receipt.ts';
import { parseRecipe } from '../../shared/core/recipe.ts';
import { ShardSchema, type Shard } from '../../shared/core/shard.ts';
import type { Source } from '../../shared/core/source.ts';
import { shardId } from '../../shared/core/state-key.ts';
import { ownerConfig } from './test-stack.ts';

const uploadsBucket = 'uploads';
const resultsBucket = 'results';

/** A recipe of one small file. */
export const tinyRecipe = parseRecipe({
  name: 'tiny',
  renditions: [{ name: 'tiny', resize: { width: 32, height: 32, fit: 'cover' }, formats: { webp: {} } }],
});

export interface DeliveryOptions {
  readonly receiveCount?: number;
  readonly remainingMs?: () => number;
  readonly processor?: Partial<Processor>;
}

export interface SentCopy {
  readonly shard: Shard;
  readonly delayed: boolean;
  readonly group: string | undefined;
}

/** A processor between real S3, real SQS and a real pool, without Lambda around it. */
export interface ProcessorStage {
  readonly endpoint: Endpoint;
  readonly s3: S3Client;
  readonly processor: Processor;
  /** Parent of the scratch directories. */
  readonly temporaryDirectory: string;
  /** What the splitter would have planned for the object just put. */
  put(name: string, body: Buffer, metadata?: Record<string, string>): Promise<Source>;
  shardOf(sources: readonly Source[], overrides?: Partial<Shard>): Shard;
  deliver(shard: Shard, options?: DeliveryOptions): Promise<SQSBatchResponse>;
  deliverBody(body: string, options?: DeliveryOptions): Promise<SQSBatchResponse>;
  receipts(job: string): Promise<Receipt[]>;
  /** Of all receipts of a job, by ordinal. */
  outcomes(job: string): Promise<Outcome[]>;
  /** Takes what was sent since the last call, and drops those of other jobs. */
  notices(job: string): Promise<ReceiptNotice[]>;
  /** As `notices`; a delayed one is had by moving the clock. Those of single uploads have no job. */
  copies(job: string | undefined): Promise<SentCopy[]>;
  /** sha256 by key. */
  renditions(prefix: string): Promise<Record<string, string>>;
  /** Does `work` while requests that `fault` takes are answered by it. */
  during<Result>(fault: RequestHandler, work: () => Promise<Result>): Promise<Result>;
  /** Requests by action that `work` caused. */
  requestsOf(work: () => Promise<unknown>): Promise<Record<string, number>>;
  client(config: S3ClientConfig): S3Client;
  leftovers(): Promise<string[]>;
  dispose(): Promise<void>;
}

async function drain(endpoint: Endpoint, arn: string): Promise<QueueMessage[]> {
  const messages: QueueMessage[] = [];
  for (;;) {
    const received = await endpoint.queues.receive(arn, { max: 10, waitMs: 0 });
    if (received.length === 0) return messages;
    messages.push(...received);
    endpoint.queues.delete(
      arn,
      received.map(({ receiptHandle }) => receiptHandle),
    );
  }
}

function eventOf(body: string, receiveCount: number): SQSEvent {
  const attributes = {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(Date.now()),
    SenderId: 'test',
    ApproximateFirstReceiveTimestamp: '0',
  };
  const record = { receiptHandle: 'r', body, attributes, messageAttributes: {}, md5OfBody: '' };
  const origin = { eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:us-east-1:0:shards', awsRegion: 'us-east-1' };
  return { Records: [{ messageId: 'message-1', ...record, ...origin }] };
}

function contextOf(remainingMs: () => number): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'processor',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:0:function:processor',
    memoryLimitInMB: '1769',
    awsRequestId: randomUUID(),
    logGroupName: 'log',
    logStreamName: 'stream',
    getRemainingTimeInMillis: remainingMs,
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

/** Small, because signatures are refused once the clock has gone 15 minutes ahead of the SDK's. */
const clockStepMs = 20_000;

/** Opens everything in folders of its own; nothing is shared with another stage. */
export async function openProcessorStage(): Promise<ProcessorStage> {
  const directory = await mkdtemp(join(tmpdir(), 'fanlight-stage-'));
  const temporaryDirectory = join(directory, 'tmp');
  await mkdir(temporaryDirectory);
  // Metrics are lines on stdout; a test that is about them makes its own.
  process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  const endpoint = await openEndpoint({ dataDir: join(directory, 'data') });
  endpoint.buckets.create(uploadsBucket);
  endpoint.buckets.create(resultsBucket);
  const shards = endpoint.queues.create('shards', {});
  const receipts = endpoint.queues.create('receipts', {});
  const client = (config: S3ClientConfig) =>
    new S3Client({ ...ownerConfig(endpoint.url), forcePathStyle: true, maxAttempts: 1, ...config });
  const s3 = client({});
  const sqs = new SQSClient({ ...ownerConfig(endpoint.url), maxAttempts: 1 });
  const results = new StateStore(s3, resultsBucket);
  const pool = createPool({
    workerPath: fileURLToPath(new URL('../../functions/processor/worker.ts', import.meta.url)),
    size: 2,
    budgetBytes: 2_000_000_000,
  });
  const processor: Processor = {
    s3,
    results,
    shardsQueue: new MessageQueue(sqs, shards.url),
    receiptsQueue: new MessageQueue(sqs, receipts.url),
    pool,
    environment: 'stage',
    temporaryDirectory,
    lanes: 4,
    imageTimeoutMs: 20_000,
    logger: new Logger({ logLevel: 'SILENT' }),
    metrics: new Metrics({ namespace: 'Test' }),
  };
  let puts = 0;
  let fault: RequestHandler | undefined;
  endpoint.use((req, res, url) => fault?.(req, res, url) ?? false);

  const stage: ProcessorStage = {
    endpoint,
    s3,
    processor,
    temporaryDirectory,
    client,
    async put(name, body, metadata) {
      const ordinal = puts++;
      const { ETag } = await s3.send(
        new PutObjectCommand({ Bucket: uploadsBucket, Key: name, Body: body, Metadata: metadata }),
      );
      const version = { etag: ETag };
      return {
        ordinal,
        name,
        bucket: uploadsBucket,
        key: name,
        version,
        size: body.length,
        claimed: true,
        attempts: 0,
      };
    },
    shardOf: (sources, overrides = {}) =>
      ShardSchema.parse({
        v: 1,
        job: randomUUID(),
        route: 'in/',
        part: 0,
        partImages: 1_000,
        shard: shardId(0),
        recipe: tinyRecipe,
        output: { prefix: `${randomUUID()}/` },
        fresh: false,
        sources,
        ...overrides,
      }),
    deliver: (shard, options) => stage.deliverBody(JSON.stringify(shard), options),
    async deliverBody(body, { receiveCount = 1, remainingMs = () => 120_000, processor: parts } = {}) {
      return processorHandler({ ...processor, ...parts })(eventOf(body, receiveCount), contextOf(remainingMs));
    },
    async receipts(job) {
      const found: Receipt[] = [];
      for await (const { key } of results.list(`_fanlight/jobs/${job}/`))
        found.push(ReceiptSchema.parse(JSON.parse((await results.read(key))?.text ?? '')));
      return found;
    },
    async outcomes(job) {
      return (await stage.receipts(job)).flatMap(({ outcomes }) => outcomes).toSorted((a, b) => a.ordinal - b.ordinal);
    },
    async notices(job) {
      const notices = (await drain(endpoint, receipts.arn)).map(({ body }) => NoticeSchema.parse(JSON.parse(body)));
      return notices.filter((notice) => notice.kind === 'receipt').filter((notice) => notice.job === job);
    },
    async copies(job) {
      const prompt = (await drain(endpoint, shards.arn)).map((message) => ({ message, delayed: false }));
      while (endpoint.queues.counts(shards.arn).delayed > 0) endpoint.clock.advance(clockStepMs);
      const late = (await drain(endpoint, shards.arn)).map((message) => ({ message, delayed: true }));
      return [...prompt, ...late]
        .map(({ message: { body, attributes }, delayed }) => ({
          shard: ShardSchema.parse(JSON.parse(body)),
          delayed,
          group: attributes['MessageGroupId'],
        }))
        .filter(({ shard }) => shard.job === job);
    },
    async renditions(prefix) {
      const hashes: Record<string, string> = {};
      for await (const { key } of results.list(`renditions/${prefix}`)) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: resultsBucket, Key: key }));
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        hashes[key] = createHash('sha256').update(bytes).digest('hex');
      }
      return hashes;
    },
    async during(rule, work) {
      fault = rule;
      try {
        return await work();
      } finally {
        fault = undefined;
      }
    },
    async requestsOf(work) {
      const before = endpoint.requestCounts();
      await work();
      const after = endpoint.requestCounts();
      return Object.fromEntries(
        Object.entries(after)
          .map(([action, count]): [string, number] => [action, count - (before[action] ?? 0)])
          .filter(([, count]) => count > 0),
      );
    },
    leftovers: () => readdir(temporaryDirectory),
    async dispose() {
      await pool.close();
      s3.destroy();
      sqs.destroy();
      await endpoint.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return stage;
}
