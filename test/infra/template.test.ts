import { rmSync } from 'node:fs';
import { cdkApp } from '../builders/cdk-app.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FanlightStack } from '../../infra/fanlight-stack.ts';
import { plainTemplate } from '../builders/plain-template.ts';
import { stubBundles, temporaryFolder } from '../builders/stub-functions.ts';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const app = cdkApp();
const stack = new FanlightStack(app, 'Fanlight', { bundles: stubBundles(folder) });
const template = plainTemplate(app, stack.stackName);

function properties(name: string): Readonly<Record<string, unknown>> {
  return template.resource(name).properties;
}

function notificationOf(prefix: string) {
  return {
    Event: 's3:ObjectCreated:*',
    Queue: '{UploadsQueue.Arn}',
    Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: prefix }] } },
  };
}

function expiry(Id: string, Prefix: string, ExpirationInDays: number) {
  return { Id, Prefix, ExpirationInDays, Status: 'Enabled' };
}

const EnvironmentSchema = z.object({ Variables: z.record(z.string(), z.string()) });

/** Without those that every function has. */
function variablesOf(name: string): Record<string, string> {
  const { LOG_LEVEL, POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE, ...own } = EnvironmentSchema.parse(
    properties(name)['Environment'],
  ).Variables;
  expect({ LOG_LEVEL, POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE }).toEqual({
    LOG_LEVEL: 'INFO',
    POWERTOOLS_SERVICE_NAME: name.toLowerCase(),
    POWERTOOLS_METRICS_NAMESPACE: 'Fanlight',
  });
  return own;
}

describe('what the embedded stack can run', () => {
  test('only resource types and intrinsics that it implements; one parameter, no conditions, rules or custom resources', () => {
    expect(template.sections.toSorted()).toEqual(['Description', 'Outputs', 'Parameters', 'Resources']);
    expect([...template.intrinsics].toSorted()).toEqual(['Fn::GetAtt', 'Fn::Join', 'Fn::Sub', 'Ref']);
    expect([...new Set([...template.resources.values()].map(({ type }) => type))].toSorted()).toEqual([
      'AWS::Events::Rule',
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Function',
      'AWS::Lambda::Permission',
      'AWS::Logs::LogGroup',
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
    ]);
  });
});

describe('the picture', () => {
  test('uploads bucket ─▶ uploads queue, one notification for each route, trusted for this account only', () => {
    const { NotificationConfiguration } = properties('Uploads');
    expect(NotificationConfiguration).toEqual({
      QueueConfigurations: ['images/', 'thumbnails/', 'drops/', 'jobs/'].map(notificationOf),
    });
    expect(template.resource('Uploads').dependsOn).toEqual(['UploadsQueuePolicy']);
    expect(properties('UploadsQueuePolicy')['PolicyDocument']).toMatchObject({
      Statement: [
        { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        {
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Principal: { Service: 's3.amazonaws.com' },
          Resource: '{UploadsQueue.Arn}',
          Condition: { StringEquals: { 'aws:SourceAccount': '{AWS::AccountId}' } },
        },
      ],
    });
  });

  test.each([
    { queue: 'UploadsQueue', consumer: 'Splitter', batch: 10, windowS: 0, concurrency: 10 },
    { queue: 'ShardsQueue', consumer: 'Processor', batch: 1, windowS: 0, concurrency: 50 },
    { queue: 'ReceiptsQueue', consumer: 'Collector', batch: 100, windowS: 1, concurrency: 10 },
    { queue: 'RescueQueue', consumer: 'Rescuer', batch: 1, windowS: 0, concurrency: 10 },
  ])('$queue ─▶ $consumer', ({ queue, consumer, batch, windowS, concurrency }) => {
    expect(properties(`${consumer}Consumes`)).toEqual({
      EventSourceArn: `{${queue}.Arn}`,
      FunctionName: `{${consumer}}`,
      BatchSize: batch,
      MaximumBatchingWindowInSeconds: windowS,
      ScalingConfig: { MaximumConcurrency: concurrency },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(properties(queue)['VisibilityTimeout']).toBe(6 * Number(properties(consumer)['Timeout']));
  });

  test('schedule ─▶ sweeper every five minutes; a sweep ends before the next begins', () => {
    expect(properties('SweeperSchedule')).toEqual({
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Targets: [{ Arn: '{Sweeper.Arn}', Id: 'Target0' }],
    });
    expect(Number(properties('Sweeper')['Timeout'])).toBeLessThan(300);
  });

  test('nothing else is mapped, scheduled or notified', () => {
    expect(template.named('AWS::Lambda::EventSourceMapping')).toHaveLength(4);
    expect(template.named('AWS::Events::Rule')).toHaveLength(1);
    expect(properties('Results')).not.toHaveProperty('NotificationConfiguration');
  });
});

describe('queues', () => {
  const fourDaysS = 345_600;
  const fourteenDaysS = 1_209_600;

  test.each([
    { queue: 'UploadsQueue', deadLetters: 'UploadsDeadLetters', receives: 5, retentionS: fourDaysS },
    { queue: 'ShardsQueue', deadLetters: 'RescueQueue', receives: 3, retentionS: fourDaysS },
    { queue: 'ReceiptsQueue', deadLetters: 'ReceiptsDeadLetters', receives: 5, retentionS: fourDaysS },
    { queue: 'RescueQueue', deadLetters: 'RescueDeadLetters', receives: 5, retentionS: fourteenDaysS },
  ])('$queue gives up into $deadLetters', ({ queue, deadLetters, receives, retentionS }) => {
    expect(properties(queue)).toEqual({
      RedrivePolicy: { deadLetterTargetArn: `{${deadLetters}.Arn}`, maxReceiveCount: receives },
      MessageRetentionPeriod: retentionS,
      VisibilityTimeout: 720,
      SqsManagedSseEnabled: true,
    });
    expect(properties(deadLetters)).toMatchObject({
      MessageRetentionPeriod: fourteenDaysS,
      SqsManagedSseEnabled: true,
    });
  });
});

describe('functions', () => {
  const all = ['Splitter', 'Processor', 'Collector', 'Rescuer', 'Sweeper'];

  test.each([
    { name: 'Splitter', memoryMb: 1024, loops: true },
    { name: 'Processor', memoryMb: 1769, loops: true },
    { name: 'Collector', memoryMb: 1024, loops: false },
    { name: 'Rescuer', memoryMb: 512, loops: true },
    { name: 'Sweeper', memoryMb: 512, loops: false },
  ])('$name', ({ name, memoryMb, loops }) => {
    expect(properties(name)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: memoryMb,
      Timeout: 120,
      LoggingConfig: { LogGroup: `{${name}Logs}` },
      Role: `{${name}Role.Arn}`,
    });
    expect(properties(name)['RecursiveLoop']).toBe(loops ? 'Allow' : undefined);
    expect(properties(`${name}Logs`)).toEqual({ RetentionInDays: 30 });
  });

  test('five of them; only the processor has a larger disk', () => {
    expect(template.named('AWS::Lambda::Function')).toEqual(all);
    expect(properties('Processor')['EphemeralStorage']).toEqual({ Size: 2048 });
  });

  test('each is told the names of what it may touch', () => {
    const RESULTS_BUCKET = '{Results}';
    const SHARDS_QUEUE_URL = '{ShardsQueue}';
    const RECEIPTS_QUEUE_URL = '{ReceiptsQueue}';
    const UPLOADS_QUEUE_URL = '{UploadsQueue}';
    const PROCESSOR_TIMEOUT_S = '120';
    const readers = {
      UPLOADS_BUCKET: '{Uploads}',
      SOURCE_BUCKETS: '',
      URL_HOSTS: '{UrlHosts}',
      RESULTS_BUCKET,
      SHARDS_QUEUE_URL,
      RECEIPTS_QUEUE_URL,
      PROCESSOR_TIMEOUT_S,
    };
    const processors = {
      PROCESSOR_MEMORY_MB: '1769',
      PROCESSOR_MAX_CONCURRENCY: '50',
      PROCESSOR_ARCHITECTURE: 'arm64',
    };
    expect(Object.fromEntries(all.map((name) => [name, variablesOf(name)]))).toEqual({
      Splitter: {
        ...readers,
        ...processors,
        UPLOADS_QUEUE_URL,
        NODE_OPTIONS: '--max-semi-space-size=1 --max-old-space-size=640',
        MALLOC_ARENA_MAX: '2',
      },
      Processor: { ...readers, NODE_OPTIONS: '--max-semi-space-size=1' },
      Collector: { ...processors, RESULTS_BUCKET, EVENT_RESOURCE: '{Results.Arn}' },
      Rescuer: { RESULTS_BUCKET, SHARDS_QUEUE_URL, RECEIPTS_QUEUE_URL, PROCESSOR_TIMEOUT_S },
      Sweeper: {
        RESULTS_BUCKET,
        UPLOADS_QUEUE_URL,
        SHARDS_QUEUE_URL,
        RECEIPTS_QUEUE_URL,
        RESCUE_QUEUE_URL: '{RescueQueue}',
        PROCESSOR_TIMEOUT_S,
      },
    });
  });
});

describe('buckets', () => {
  test.each(['Uploads', 'Results'])('%s is private, encrypted, reached through TLS, and outlives the stack', (name) => {
    expect(template.resource(name).deletionPolicy).toBe('Retain');
    expect(properties(name)).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    expect(properties(`${name}Policy`)['PolicyDocument']).toMatchObject({
      Statement: [{ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    });
  });

  test('scratch and finished state expire; open markers and renditions do not; abandoned uploads go after a day', () => {
    const abort = { Id: 'AbortUploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } };
    expect(properties('Uploads')['LifecycleConfiguration']).toEqual({ Rules: [abort] });
    expect(properties('Results')['LifecycleConfiguration']).toEqual({
      Rules: [
        abort,
        expiry('ExpireScratch', '_fanlight/scratch/', 31),
        expiry('ExpireJobs', '_fanlight/jobs/', 90),
        expiry('ExpireDaily', '_fanlight/daily/', 90),
      ],
    });
  });
});

test('the outputs that the command line reads', () => {
  expect(template.outputs).toEqual({
    UploadsBucketName: '{Uploads}',
    ResultsBucketName: '{Results}',
    UploadsQueueUrl: '{UploadsQueue}',
    ShardsQueueUrl: '{ShardsQueue}',
    ReceiptsQueueUrl: '{ReceiptsQueue}',
    RescueQueueUrl: '{RescueQueue}',
    ManifestsPrefix: 'jobs/',
    SourcesPrefix: 'runs/',
  });
});
