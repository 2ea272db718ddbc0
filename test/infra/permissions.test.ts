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

const oneOrMore = z.union([z.string(), z.array(z.string())]);
const PolicySchema = z.object({
  Statement: z.array(
    z.object({ Effect: z.string(), Action: oneOrMore, Resource: oneOrMore, Condition: z.unknown().optional() }),
  ),
});

/** Each allowed action on each resource, one per line, conditions at the end. */
function allowed(role: string): string[] {
  const { Statement } = PolicySchema.parse(template.resource(`${role}RoleDefaultPolicy`).properties['PolicyDocument']);
  return Statement.flatMap(({ Effect, Action, Resource, Condition }) => {
    const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
    const resources = [Resource].flat().map((arn) => `${arn}${condition}`);
    return [Action].flat().flatMap((action) => resources.map((arn) => `${Effect} ${action} ${arn}`));
  });
}

function logs(name: string): string[] {
  return [`Allow logs:CreateLogStream {${name}Logs.Arn}`, `Allow logs:PutLogEvents {${name}Logs.Arn}`];
}

function consumes(queue: string): string[] {
  const actions = ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes'];
  return actions.map((action) => `Allow sqs:${action} {${queue}.Arn}`);
}

describe('invariant 8: a function may only touch what its stage needs', () => {
  const onlyState = 'if {"StringLikeIfExists":{"s3:prefix":["_fanlight/*"]}}';
  const onlyOurs = 'if {"StringLikeIfExists":{"s3:prefix":["renditions/*","_fanlight/*"]}}';

  const defaultBus = 'arn:{AWS::Partition}:events:{AWS::Region}:{AWS::AccountId}:event-bus/default';

  test('splitter', () => {
    expect(allowed('Splitter')).toEqual([
      ...logs('Splitter'),
      ...consumes('UploadsQueue'),
      'Allow s3:GetObject {Uploads.Arn}/*',
      'Allow s3:GetObjectVersion {Uploads.Arn}/*',
      'Allow s3:ListBucket {Uploads.Arn}',
      'Allow s3:GetObject {Results.Arn}/_fanlight/active/*',
      'Allow s3:GetObject {Results.Arn}/_fanlight/jobs/*',
      'Allow s3:GetObject {Results.Arn}/_fanlight/scratch/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/active/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/jobs/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/daily/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/uploads/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/scratch/*',
      `Allow s3:ListBucket {Results.Arn} ${onlyOurs}`,
      'Allow sqs:SendMessage {ShardsQueue.Arn}',
      'Allow sqs:SendMessage {ReceiptsQueue.Arn}',
      'Allow sqs:SendMessage {UploadsQueue.Arn}',
    ]);
  });

  test('processor', () => {
    expect(allowed('Processor')).toEqual([
      ...logs('Processor'),
      ...consumes('ShardsQueue'),
      'Allow s3:GetObject {Uploads.Arn}/*',
      'Allow s3:GetObjectVersion {Uploads.Arn}/*',
      'Allow s3:ListBucket {Uploads.Arn}',
      'Allow s3:GetObject {Results.Arn}/renditions/*',
      'Allow s3:GetObject {Results.Arn}/_fanlight/jobs/*',
      'Allow s3:GetObject {Results.Arn}/_fanlight/scratch/*',
      'Allow s3:PutObject {Results.Arn}/renditions/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/jobs/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/daily/*',
      `Allow s3:ListBucket {Results.Arn} ${onlyOurs}`,
      'Allow sqs:SendMessage {ShardsQueue.Arn}',
      'Allow sqs:SendMessage {ReceiptsQueue.Arn}',
    ]);
  });

  test('collector', () => {
    expect(allowed('Collector')).toEqual([
      ...logs('Collector'),
      ...consumes('ReceiptsQueue'),
      'Allow s3:GetObject {Results.Arn}/_fanlight/active/*',
      'Allow s3:GetObject {Results.Arn}/_fanlight/jobs/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/jobs/*',
      'Allow s3:DeleteObject {Results.Arn}/_fanlight/active/*',
      `Allow s3:ListBucket {Results.Arn} ${onlyState}`,
      `Allow events:PutEvents ${defaultBus} if {"StringEquals":{"events:source":"fanlight"}}`,
    ]);
  });

  test('rescuer', () => {
    expect(allowed('Rescuer')).toEqual([
      ...logs('Rescuer'),
      ...consumes('RescueQueue'),
      'Allow s3:GetObject {Results.Arn}/_fanlight/jobs/*',
      'Allow s3:GetObject {Results.Arn}/_fanlight/daily/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/jobs/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/daily/*',
      `Allow s3:ListBucket {Results.Arn} ${onlyState}`,
      'Allow sqs:SendMessage {ShardsQueue.Arn}',
      'Allow sqs:SendMessage {ReceiptsQueue.Arn}',
    ]);
  });

  test('sweeper', () => {
    expect(allowed('Sweeper')).toEqual([
      ...logs('Sweeper'),
      'Allow s3:GetObject {Results.Arn}/_fanlight/active/*',
      'Allow s3:GetObject {Results.Arn}/_fanlight/jobs/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/active/*',
      'Allow s3:PutObject {Results.Arn}/_fanlight/jobs/*',
      `Allow s3:ListBucket {Results.Arn} ${onlyState}`,
      'Allow sqs:GetQueueAttributes {UploadsQueue.Arn}',
      'Allow sqs:GetQueueAttributes {ShardsQueue.Arn}',
      'Allow sqs:GetQueueAttributes {ReceiptsQueue.Arn}',
      'Allow sqs:GetQueueAttributes {RescueQueue.Arn}',
      'Allow sqs:SendMessage {UploadsQueue.Arn}',
      'Allow sqs:SendMessage {ShardsQueue.Arn}',
      'Allow sqs:SendMessage {ReceiptsQueue.Arn}',
    ]);
  });
});

test('there is one policy for each role, and no role but these five', () => {
  const roles = ['SplitterRole', 'ProcessorRole', 'CollectorRole', 'RescuerRole', 'SweeperRole'];
  expect(template.named('AWS::IAM::Role')).toEqual(roles);
  expect(template.named('AWS::IAM::Policy')).toEqual(roles.map((role) => `${role}DefaultPolicy`));
  for (const role of roles) expect(template.resource(role).properties).not.toHaveProperty('ManagedPolicyArns');
});
