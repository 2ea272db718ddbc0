import { rmSync } from 'node:fs';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { App } from 'aws-cdk-lib';
import { cdkApp } from '../builders/cdk-app.ts';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, describe, expect, test } from 'vitest';
import { resolveDeployment } from '../../infra/deployment.ts';
import { ImageFanout } from '../../infra/image-fanout.ts';
import type { ImageFanoutProps, RouteProps } from '../../infra/image-fanout-props.ts';
import { builtInRecipes } from '../../shared/core/built-in-recipes.ts';
import { plainTemplate } from '../builders/plain-template.ts';
import { stubBundles, temporaryFolder } from '../builders/stub-functions.ts';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const bundles = stubBundles(folder);

function fanoutOf(props: ImageFanoutProps): { app: App; stack: Stack; images: ImageFanout } {
  const app = cdkApp();
  const stack = new Stack(app, 'Test');
  return { app, stack, images: new ImageFanout(stack, 'Images', { bundles, ...props }) };
}

function synthesized(props: ImageFanoutProps) {
  return plainTemplate(fanoutOf(props).app, 'Test');
}

const route = (prefix: string, more: Partial<RouteProps> = {}): RouteProps => ({
  prefix,
  recipe: 'thumbnail',
  ...more,
});

describe('what can only fail later fails at synth', () => {
  const refusals: [string, ImageFanoutProps, string][] = [
    ['no routes', { routes: [] }, 'routes must be 1 to 100 (given 0)'],
    ['an empty prefix', { routes: [route('')] }, "(given '')"],
    ['two routes of one prefix', { routes: [route('a/'), route('a/')] }, "(given 'a/' and 'a/')"],
    ['a prefix within another', { routes: [route('a/b/'), route('a/')] }, "(given 'a/b/' and 'a/')"],
    [
      'overlapping prefixes and suffixes',
      { routes: [route('a/', { suffix: 'x.jpg' }), route('a/b', { suffix: '.jpg' })] },
      "(given 'a/…x.jpg' and 'a/b….jpg')",
    ],
    ['an output prefix', { routes: [route('renditions/')] }, "(given 'renditions/')"],
    ['part of an output prefix', { routes: [route('_fan')] }, "(given '_fan')"],
    ['the inside of an output prefix', { routes: [route('_fanlight/jobs/')] }, "(given '_fanlight/jobs/')"],
    ['a prefix that S3 wants encoded', { routes: [route('my images/')] }, "(given 'my images/')"],
    ['a suffix that S3 wants encoded', { routes: [route('a/', { suffix: '+.jpg' })] }, "(given '+.jpg')"],
    ['an unknown recipe', { routes: [route('a/', { recipe: 'thumnail' })] }, "(given 'thumnail')"],
    ['an invalid recipe', { recipes: { mine: { name: 'mine', renditions: [] } } }, 'renditions'],
    ['a recipe under another name', { recipes: { mine: builtInRecipes.web } }, "(given 'web')"],
    ['every host of the web', { urlHosts: ['*'] }, "(given '*')"],
    ['an address for a host', { urlHosts: ['images.example.com', '10.0.0.1'] }, "(given '10.0.0.1')"],
    ['shards without work', { secondsPerShard: 0.5 }, 'secondsPerShard'],
    ['shards of minutes', { secondsPerShard: 61 }, 'secondsPerShard'],
    ['too little memory', { processor: { memorySize: 511 } }, '(given 511)'],
    ['too much memory', { processor: { memorySize: 10_241 } }, '(given 10241)'],
    ['half a megabyte', { processor: { memorySize: 1769.5 } }, '(given 1769.5)'],
    ['too short a timeout', { processor: { timeout: Duration.seconds(4) } }, '(given 4)'],
    ['too long a timeout', { processor: { timeout: Duration.seconds(901) } }, '(given 901)'],
    ['a fraction of a second', { processor: { timeout: Duration.millis(5500) } }, '(given 5.5)'],
    ['sweeps that overlap', { bookkeeping: { timeout: Duration.minutes(5) } }, '(given 300)'],
    ['too small a disk', { processor: { ephemeralStorageSize: 511 } }, '(given 511)'],
    ['one invocation at a time', { processor: { maxConcurrency: 1 } }, '(given 1)'],
    [
      'more pollers than reserved concurrency',
      { processor: { maxConcurrency: 20, reservedConcurrentExecutions: 10 } },
      '(given 20 above 10)',
    ],
    ['a budget for nothing', { budget: { imagesPerJob: 0 } }, 'budget.imagesPerJob'],
    ['free jobs', { budget: { usdPerJob: 0 } }, '(given 0)'],
    ['no retention', { stateRetention: Duration.hours(12) }, '(given 0.5)'],
  ];

  test.each(refusals)('%s', (_, props, given) => {
    expect(() => fanoutOf(props)).toThrow(given);
  });

  test('bounds themselves are accepted', () => {
    const bounds: ImageFanoutProps[] = [
      { processor: { memorySize: 512, timeout: Duration.seconds(5), maxConcurrency: 2, ephemeralStorageSize: 512 } },
      { processor: { memorySize: 10_240, timeout: Duration.minutes(15), maxConcurrency: 1_000 } },
      { processor: { maxConcurrency: 20, reservedConcurrentExecutions: 20 } },
      { routes: [route('a/', { suffix: '.jpg' }), route('a/', { suffix: '.png' }), route('ab/')] },
      { stateRetention: Duration.days(1), bookkeeping: { timeout: Duration.minutes(4) } },
    ];
    for (const props of bounds) expect(() => fanoutOf(props)).not.toThrow();
  });
});

describe('properties reach the template', () => {
  test('the shards queue follows the processor, the other queues their functions', () => {
    const template = synthesized({
      processor: { timeout: Duration.seconds(5), reservedConcurrentExecutions: 60 },
      bookkeeping: { timeout: Duration.seconds(10) },
    });
    expect(template.resource('Processor').properties).toMatchObject({ Timeout: 5, ReservedConcurrentExecutions: 60 });
    expect(template.resource('ShardsQueue').properties['VisibilityTimeout']).toBe(30);
    for (const queue of ['UploadsQueue', 'ReceiptsQueue', 'RescueQueue']) {
      expect(template.resource(queue).properties['VisibilityTimeout']).toBe(60);
    }
  });

  test('architecture, retention and removal policy', () => {
    const template = synthesized({
      architecture: Architecture.X86_64,
      stateRetention: Duration.days(7),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    expect(template.resource('Processor').properties['Architectures']).toEqual(['x86_64']);
    expect(template.resource('Results').deletionPolicy).toBe('Delete');
    expect(template.resource('Results').properties['LifecycleConfiguration']).toMatchObject({
      Rules: [{}, { ExpirationInDays: 31 }, { ExpirationInDays: 7 }, { ExpirationInDays: 7 }],
    });
  });

  test('a suffix becomes a second filter rule', () => {
    const template = synthesized({ routes: [route('a/', { suffix: '.jpg' })] });
    expect(template.resource('Uploads').properties['NotificationConfiguration']).toMatchObject({
      QueueConfigurations: [
        {
          Filter: {
            S3Key: {
              Rules: [
                { Name: 'prefix', Value: 'a/' },
                { Name: 'suffix', Value: '.jpg' },
              ],
            },
          },
        },
      ],
    });
  });

  test('source buckets are read and listed by splitter and processor alone', () => {
    const app = cdkApp();
    const stack = new Stack(app, 'Test');
    const sourceBuckets = [
      Bucket.fromBucketName(stack, 'Legacy', 'legacy'),
      Bucket.fromBucketName(stack, 'Old', 'old'),
    ];
    const { functions } = new ImageFanout(stack, 'Images', { bundles, sourceBuckets });
    expect(Object.keys(functions)).toHaveLength(5);
    const template = plainTemplate(app, 'Test');
    const policyOf = (name: string) => JSON.stringify(template.resource(`${name}RoleDefaultPolicy`).properties);
    for (const name of ['Splitter', 'Processor']) {
      expect(template.resource(name).properties['Environment']).toMatchObject({
        Variables: { SOURCE_BUCKETS: 'legacy,old' },
      });
      expect(policyOf(name)).toContain(
        '"Action":["s3:GetObject","s3:GetObjectVersion"],"Effect":"Allow","Resource":"arn:{AWS::Partition}:s3:::legacy/*"',
      );
      expect(policyOf(name)).toContain(
        '"Action":"s3:ListBucket","Effect":"Allow","Resource":"arn:{AWS::Partition}:s3:::old"',
      );
    }
    for (const name of ['Collector', 'Rescuer', 'Sweeper']) expect(policyOf(name)).not.toContain('legacy');
  });

  test('hosts of URLs and the work of a shard reach the functions that ask for them', () => {
    const { app } = fanoutOf({ urlHosts: ['images.example.com', '*.cdn.example'], secondsPerShard: 5 });
    const template = plainTemplate(app, 'Test');
    for (const name of ['Splitter', 'Processor'])
      expect(template.resource(name).properties['Environment']).toMatchObject({
        Variables: { URL_HOSTS: 'images.example.com,*.cdn.example' },
      });
    expect(resolveDeployment({ secondsPerShard: 5 })).toMatchObject({ secondsPerShard: 5 });
  });

  test('onJobCompleted: events of this deployment go to the target', () => {
    const { app, stack, images } = fanoutOf({});
    const rule = images.onJobCompleted('Publish', { target: new SqsQueue(new Queue(stack, 'Published')) });
    expect(rule.node.path).toBe('Test/Images/Publish');
    const template = plainTemplate(app, 'Test');
    expect(template.resource('Publish').properties).toEqual({
      EventPattern: {
        source: ['fanlight'],
        'detail-type': ['Fanlight Job Completed'],
        resources: ['{Results.Arn}'],
      },
      State: 'ENABLED',
      Targets: [{ Arn: '{Published.Arn}', Id: 'Target0' }],
    });
    expect(template.resource('PublishedPolicy').properties['PolicyDocument']).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': '{Publish.Arn}' } },
        },
      ],
    });
    expect(template.resource('Processor').properties).not.toHaveProperty('Environment.Variables.EVENT_RESOURCE');
  });

  test('onImageCompleted: the processor sends events of images, and may, only when asked for them', () => {
    const { app, stack, images } = fanoutOf({});
    for (const id of ['One', 'Two'])
      images.onImageCompleted(id, { target: new SqsQueue(new Queue(stack, `${id}Queue`)) });
    const template = plainTemplate(app, 'Test');
    expect(template.resource('Two').properties['EventPattern']).toMatchObject({
      'detail-type': ['Fanlight Image Completed'],
    });
    expect(template.resource('Processor').properties).toHaveProperty(
      ['Environment', 'Variables', 'EVENT_RESOURCE'],
      '{Results.Arn}',
    );
    const policy = JSON.stringify(template.resource('ProcessorRoleDefaultPolicy').properties);
    expect(policy.match(/events:PutEvents/g)).toHaveLength(1);
    expect(policy).toContain(':event-bus/default');
  });

  test('grantSubmit allows to put into the uploads bucket, and nothing else', () => {
    const { app, stack, images } = fanoutOf({});
    images.grantSubmit(new Role(stack, 'Api', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
    const { properties } = plainTemplate(app, 'Test').resource('ApiDefaultPolicy');
    expect(properties['PolicyDocument']).toMatchObject({
      Statement: [
        { Effect: 'Allow', Action: ['s3:PutObject', 's3:AbortMultipartUpload'], Resource: '{Uploads.Arn}/*' },
      ],
    });
  });
});
