import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadAssembly } from '../../../localstack/embedded/template/assembly.ts';
import { readStack } from '../../../localstack/embedded/template/read-stack.ts';
import type { StackModel } from '../../../localstack/embedded/template/stack-model.ts';
import { functionResources, mappingResource, writeAssembly } from '../../builders/mini-assembly.ts';
import type { MiniAssembly, Resources } from '../../builders/mini-assembly.ts';

const root = mkdtempSync(join(tmpdir(), 'fanlight-template-'));
afterAll(() => rmSync(root, { recursive: true }));

const site = { accountId: '111122223333', region: 'eu-west-1', endpointUrl: 'http://127.0.0.1:4566' };

async function read(assembly: MiniAssembly): Promise<StackModel> {
  const dir = writeAssembly(mkdtempSync(join(root, 'assembly-')), assembly);
  return readStack(await loadAssembly(dir), site);
}

const queue = (Properties: Record<string, unknown> = {}) => ({ Type: 'AWS::SQS::Queue', Properties });
const attribute = (id: string, name: string) => ({ 'Fn::GetAtt': [id, name] });
const rule = (ScheduleExpression: string) => ({ Type: 'AWS::Events::Rule', Properties: { ScheduleExpression } });
const eventRule = (EventPattern: object, properties: Record<string, unknown> = {}): MiniAssembly => ({
  resources: { R: { Type: 'AWS::Events::Rule', Properties: { EventPattern, ...properties } } },
});
const withFunction = (resources: Resources, properties: Record<string, unknown> = {}): MiniAssembly => ({
  bundles: { Fn: '' },
  resources: { ...functionResources('Fn', properties), ...resources },
});
const outputs = async (values: Record<string, unknown>, resources: Resources = {}) =>
  (await read({ resources, outputs: values })).outputs;

describe('intrinsics', () => {
  test('Ref and GetAtt of each resource that others name', async () => {
    const resources = {
      Queue: queue({ QueueName: 'shards' }),
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'results' } },
      ...functionResources('Fn', { FunctionName: 'processor' }),
    };
    const values = {
      QueueUrl: { Ref: 'Queue' },
      QueueArn: attribute('Queue', 'Arn'),
      QueueName: attribute('Queue', 'QueueName'),
      Bucket: { Ref: 'Bucket' },
      BucketArn: attribute('Bucket', 'Arn'),
      Fn: { Ref: 'Fn' },
      FnArn: attribute('Fn', 'Arn'),
    };
    expect((await read({ resources, outputs: values, bundles: { Fn: '' } })).outputs).toEqual({
      QueueUrl: 'http://127.0.0.1:4566/111122223333/shards',
      QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:shards',
      QueueName: 'shards',
      Bucket: 'results',
      BucketArn: 'arn:aws:s3:::results',
      Fn: 'processor',
      FnArn: 'arn:aws:lambda:eu-west-1:111122223333:function:processor',
    });
  });

  test('pseudo parameters, Join and both forms of Sub', async () => {
    const found = await outputs(
      {
        Join: { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, { Ref: 'AWS::NoValue' }, { Ref: 'AWS::Partition' }]] },
        Sub: { 'Fn::Sub': '${AWS::AccountId}/${Queue.QueueName}/${!literal}/${AWS::StackName}.${AWS::URLSuffix}' },
        SubWithVariables: { 'Fn::Sub': ['${name} in ${AWS::Region}', { name: { 'Fn::GetAtt': ['Queue', 'Arn'] } }] },
        Short: { 'Fn::GetAtt': 'Queue.QueueName' },
      },
      { Queue: queue({ QueueName: 'q' }) },
    );
    expect(found).toEqual({
      Join: 'a-eu-west-1-aws',
      Sub: '111122223333/q/${literal}/Mini.amazonaws.com',
      SubWithVariables: 'arn:aws:sqs:eu-west-1:111122223333:q in eu-west-1',
      Short: 'q',
    });
  });

  test("a parameter's default; NoValue removes a property", async () => {
    const resources = { Queue: queue({ QueueName: { Ref: 'Name' }, DelaySeconds: { Ref: 'AWS::NoValue' } }) };
    const sections = { Parameters: { Name: { Type: 'String', Default: 'given' } } };
    const model = await read({ resources, sections });
    expect(model.queues).toMatchObject([{ name: 'given', attributes: {} }]);
  });

  test.each([
    [{ 'Fn::FindInMap': ['a', 'b', 'c'] }, 'Output Bad: the intrinsic function Fn::FindInMap is not supported'],
    [{ Ref: 'Missing' }, 'Output Bad: Ref Missing cannot be resolved'],
    [{ Ref: 'Ssm' }, 'Output Bad: Ref Ssm cannot be resolved'],
    [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, 'Output Bad: Fn::GetAtt Queue.Colour cannot be resolved'],
    [{ 'Fn::Sub': '${Missing.Arn}' }, 'Output Bad: Fn::GetAtt Missing.Arn cannot be resolved'],
    [{ 'Fn::Join': 'x' }, 'Output Bad: Fn::Join takes a delimiter and a list'],
    [{ Ref: 'Queue', Other: 1 }, 'Output Bad: Ref must be the only key of its object'],
  ])('%j is an error that says where', async (Bad, message) => {
    const sections = { Parameters: { Ssm: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/path' } } };
    await expect(read({ resources: { Queue: queue() }, outputs: { Bad }, sections })).rejects.toThrow(message);
  });
});

describe('resources', () => {
  test('are read in the order of their references, whatever the order of the file', async () => {
    const resources = {
      Late: queue({ RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Early', 'Arn'] }, maxReceiveCount: 3 } }),
      Early: queue(),
    };
    const model = await read({ resources });
    expect(model.queues.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^Mini-Early-[0-9a-f]{12}$/),
      expect.stringMatching(/^Mini-Late-/),
    ]);
    expect(model.queues[1]?.attributes).toEqual({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: model.queues[0]?.arn, maxReceiveCount: 3 }),
    });
  });

  test('unnamed ones get the same name each time, within the limit of their type', async () => {
    const logicalId = 'Images'.repeat(20);
    const resources = { [logicalId]: { Type: 'AWS::S3::Bucket' } };
    const [first, second] = [await read({ resources }), await read({ resources })];
    expect(first.buckets).toEqual(second.buckets);
    expect(first.buckets[0]?.name).toMatch(/^mini-images[a-z]+-[0-9a-f]{12}$/);
    expect(first.buckets[0]?.name).toHaveLength(63);
  });

  test('policies of a role, inline and attached, with their intrinsics resolved', async () => {
    const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] } };
    const resources = {
      ...functionResources('Fn', {}, [{ Effect: 'Deny', Action: '*', Resource: '*' }]),
      Attached: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'p', PolicyDocument: { Statement: [statement] }, Roles: [{ Ref: 'FnRole' }] },
      },
      Queue: queue({ QueueName: 'q' }),
    };
    const { roles } = await read({ resources, bundles: { Fn: '' } });
    expect(roles[0]?.policies.map(({ Statement }) => Statement)).toEqual([
      [{ Effect: 'Deny', Action: '*', Resource: '*' }],
      [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:eu-west-1:111122223333:q' }],
    ]);
  });

  test('notification of a bucket', async () => {
    const Rules = [
      { Name: 'prefix', Value: 'drops/' },
      { Name: 'suffix', Value: '.zip' },
    ];
    const configuration = {
      Event: 's3:ObjectCreated:*',
      Queue: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      Filter: { S3Key: { Rules } },
    };
    const NotificationConfiguration = { QueueConfigurations: [configuration] };
    const resources = {
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { NotificationConfiguration } },
      Queue: queue({ QueueName: 'q' }),
    };
    const queueArn = 'arn:aws:sqs:eu-west-1:111122223333:q';
    expect((await read({ resources })).buckets[0]?.notifications.queueConfigurations).toEqual([
      { queueArn, events: ['s3:ObjectCreated:*'], prefix: 'drops/', suffix: '.zip' },
    ]);
  });

  test('rates in every unit', async () => {
    const resources = {
      A: rule('rate(1 minute)'),
      B: rule('rate(5 minutes)'),
      C: rule('rate(2 hours)'),
      D: rule('rate(1 day)'),
    };
    const { schedules } = await read({ resources });
    expect(schedules.map(({ periodMs }) => periodMs / 60_000)).toEqual([1, 5, 120, 1440]);
  });

  test('rules of the default bus, with their targets', async () => {
    const EventPattern = { source: ['fanlight'], detail: { state: [{ prefix: 'f' }] } };
    const bus = { 'Fn::Sub': 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default' };
    const Targets = [{ Id: 'T', Arn: attribute('Queue', 'Arn'), InputPath: '$.detail', RetryPolicy: {} }];
    const Off = { Type: 'AWS::Events::Rule', Properties: { EventPattern, State: 'DISABLED' } };
    const On = { Type: 'AWS::Events::Rule', Properties: { EventPattern, EventBusName: bus, Targets } };
    const { eventRules, schedules } = await read({ resources: { Queue: queue({ QueueName: 'q' }), On, Off } });
    const arn = 'arn:aws:sqs:eu-west-1:111122223333:q';
    expect(eventRules.map(({ targets }) => targets)).toEqual([[{ arn, input: undefined, inputPath: '$.detail' }]]);
    expect(schedules).toEqual([]);
  });

  test("CDK's own metadata is left out, with its condition", async () => {
    const resources = {
      CDKMetadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'x' }, Condition: 'Available' },
    };
    const sections = { Conditions: { Available: { 'Fn::Or': [] } }, Rules: { CheckBootstrapVersion: {} } };
    await expect(read({ resources, sections })).resolves.toMatchObject({ queues: [], buckets: [] });
  });
});

describe('what is refused', () => {
  const variables = (Variables: Record<string, string>) => withFunction({}, { Environment: { Variables } });
  const mapping = (visibilityS: number, mappingProperties: Record<string, unknown> = {}) =>
    withFunction(
      { Queue: queue({ VisibilityTimeout: visibilityS }), Map: mappingResource('Queue', 'Fn', mappingProperties) },
      { Timeout: 60 },
    );

  test.each<[string, MiniAssembly, string]>([
    [
      'a resource type',
      { resources: { T: { Type: 'AWS::SNS::Topic' } } },
      'AWS::SNS::Topic T: this resource type is not supported',
    ],
    [
      'a property',
      { resources: { Q: queue({ FifoQueue: true }) } },
      'AWS::SQS::Queue Q: property FifoQueue is not supported',
    ],
    [
      'a nested property',
      {
        resources: {
          B: { Type: 'AWS::S3::Bucket', Properties: { NotificationConfiguration: { TopicConfigurations: [] } } },
        },
      },
      'AWS::S3::Bucket B: property NotificationConfiguration.TopicConfigurations is not supported',
    ],
    [
      'a value out of range',
      { resources: { Q: queue({ DelaySeconds: 901 }) } },
      'AWS::SQS::Queue Q: property DelaySeconds:',
    ],
    ['a runtime', withFunction({}, { Runtime: 'nodejs22.x' }), 'AWS::Lambda::Function Fn: property Runtime:'],
    [
      'a function without its asset',
      { resources: functionResources('Fn') },
      'property Code.S3Key: the assembly has no unpacked zip asset Fn.zip',
    ],
    [
      'a condition',
      { resources: { Q: { ...queue(), Condition: 'Never' } } },
      'AWS::SQS::Queue Q: conditions are not supported',
    ],
    ['a section', { resources: {}, sections: { Mappings: {} } }, 'Mappings'],
    [
      'a managed policy',
      {
        resources: {
          R: {
            Type: 'AWS::IAM::Role',
            Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
          },
        },
      },
      'unknown policy arn:aws:iam::aws:policy/AdministratorAccess',
    ],
    [
      'a cron expression',
      { resources: { R: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'cron(0 12 * * ? *)' } } } },
      'only rate(<n> minutes|hours|days) is supported',
    ],
    [
      'rate(1 minutes), as EventBridge does',
      { resources: { R: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 minutes)' } } } },
      'only rate(',
    ],
    [
      'a rule without schedule and pattern',
      { resources: { R: { Type: 'AWS::Events::Rule', Properties: {} } } },
      'AWS::Events::Rule R: a rule needs a ScheduleExpression or an EventPattern',
    ],
    [
      'a filter of a pattern',
      eventRule({ detail: { images: [{ numeric: ['>', 1] }] } }),
      'AWS::Events::Rule R: property EventPattern.detail.images.numeric is not supported',
    ],
    [
      'another event bus',
      eventRule({ source: ['x'] }, { EventBusName: 'custom' }),
      'AWS::Events::Rule R: property EventBusName: only the default event bus',
    ],
    [
      'an input transformer',
      eventRule({ source: ['x'] }, { Targets: [{ Id: 'T', Arn: 'arn', InputTransformer: {} }] }),
      'property Targets.0.InputTransformer is not supported',
    ],
    [
      'a path of an input',
      eventRule({ source: ['x'] }, { Targets: [{ Id: 'T', Arn: 'arn', InputPath: '$.detail[0]' }] }),
      'only $ and $.name.name… are supported',
    ],
    [
      'a circle',
      { resources: { A: { ...queue(), DependsOn: 'B' }, B: { ...queue(), DependsOn: ['A'] } } },
      'circular dependency between resources: A → B → A',
    ],
    [
      'visibility below the timeout',
      mapping(59),
      'Queue visibility timeout: 59 seconds is less than Function timeout: 60 seconds',
    ],
    [
      'a large batch without a window',
      mapping(60, { BatchSize: 11 }),
      'needs a MaximumBatchingWindowInSeconds of at least 1',
    ],
    [
      'maximum concurrency 1',
      mapping(60, { ScalingConfig: { MaximumConcurrency: 1 } }),
      'property ScalingConfig.MaximumConcurrency:',
    ],
    [
      'maximum concurrency 1001',
      mapping(60, { ScalingConfig: { MaximumConcurrency: 1001 } }),
      'property ScalingConfig.MaximumConcurrency:',
    ],
    [
      'a reserved variable',
      variables({ AWS_REGION: 'x' }),
      'property Environment.Variables: reserved by Lambda: AWS_REGION',
    ],
    ['variables above 4 KB', variables({ BIG: 'x'.repeat(4096) }), "4099 bytes exceed Lambda's 4096"],
  ])('%s', async (_what, assembly, message) => {
    await expect(read(assembly)).rejects.toThrow(message);
  });

  test('a folder that is no assembly, and a stack that is not in it', async () => {
    await expect(loadAssembly(join(root, 'nothing'))).rejects.toThrow('not a CDK cloud assembly');
    const dir = writeAssembly(mkdtempSync(join(root, 'assembly-')), { resources: {} });
    await expect(loadAssembly(dir, 'Other')).rejects.toThrow('cannot choose the stack Other among: Mini');
  });
});
