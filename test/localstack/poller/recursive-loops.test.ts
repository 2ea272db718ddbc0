import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import { functionResources, mappingResource } from '../../builders/mini-assembly.ts';
import type { Resources } from '../../builders/mini-assembly.ts';
import { openTestStack, ownerConfig, until } from '../../builders/test-stack.ts';
import type { TestStack } from '../../builders/test-stack.ts';

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

/** Handles a message by sending it on, to the queue or the bucket it is told; logs each delivery. */
const code = `
  import { PutObjectCommand, S3Client } from '${import.meta.resolve('@aws-sdk/client-s3')}';
  import { SendMessageCommand, SQSClient } from '${import.meta.resolve('@aws-sdk/client-sqs')}';
  const { NEXT_QUEUE, NEXT_BUCKET, NAME } = process.env;
  const s3 = new S3Client({ forcePathStyle: true });
  const sqs = new SQSClient();
  export const handler = async ({ Records }) => {
    for (const { body } of Records) {
      if (body.includes('s3:TestEvent')) continue;
      console.log('HANDLED ' + NAME);
      if (NEXT_BUCKET) await s3.send(new PutObjectCommand({ Bucket: NEXT_BUCKET, Key: 'again', Body: 'x' }));
      else await sqs.send(new SendMessageCommand({ QueueUrl: NEXT_QUEUE, MessageBody: body }));
    }
  };`;

const statements = [{ Effect: 'Allow', Action: ['sqs:*', 's3:*'], Resource: '*' }];

const loopFunction = (id: string, variables: Record<string, unknown>, properties: Record<string, unknown> = {}) =>
  functionResources(
    id,
    { Environment: { Variables: { NAME: id, ...variables } }, Timeout: 10, ...properties },
    statements,
  );

const queue = (Properties: Record<string, unknown> = {}) => ({ Type: 'AWS::SQS::Queue', Properties });
const withDeadLetters = queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 5 } });

const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(disposals.splice(0).map(async (dispose) => dispose()));
});

async function openWith(resources: Resources, functions: readonly string[] = ['Fn']): Promise<TestStack> {
  const opened = await openTestStack({
    bundles: Object.fromEntries(functions.map((id) => [id, code])),
    resources,
    outputs: {
      QueueUrl: { Ref: 'Queue' },
      QueueArn: arn('Queue'),
      ...(resources['Dead'] && { DeadArn: arn('Dead') }),
      ...(resources['Bucket'] && { Bucket: { Ref: 'Bucket' } }),
    },
  });
  disposals.push(opened.dispose);
  return opened;
}

const send = async ({ sqs, stack }: TestStack) =>
  sqs.send(new SendMessageCommand({ QueueUrl: stack.outputs['QueueUrl'], MessageBody: 'round' }));

const handled = ({ lines }: TestStack, name: string) => lines.filter((line) => line === `HANDLED ${name}`).length;

const stops = async ({ lines }: TestStack) =>
  until(
    () => lines.filter((line) => line.startsWith('RECURSIVE LOOP stopped')),
    (found) => found.length > 0,
  );

const countsOf = ({ stack }: TestStack, output: string) => stack.endpoint.queues.counts(stack.outputs[output] ?? '');

/** The delivery before the last one may still be ending. */
const untilEmpty = async (opened: TestStack) =>
  until(
    () => countsOf(opened, 'QueueArn'),
    ({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0,
  );

describe('a chain of messages', () => {
  test('invokes a function 16 times, and then goes to the dead-letter queue', async () => {
    const opened = await openWith({
      Dead: queue(),
      Queue: withDeadLetters,
      ...loopFunction('Fn', { NEXT_QUEUE: { Ref: 'Queue' } }),
      Map: mappingResource('Queue', 'Fn'),
    });
    await send(opened);
    const [line] = await stops(opened);
    expect(handled(opened, 'Fn')).toBe(16);
    expect(line).toContain(`the message is moved to ${opened.stack.outputs['DeadArn']}`);
    expect(countsOf(opened, 'DeadArn')).toMatchObject({ visible: 1 });
    await untilEmpty(opened);
  });

  test('is dropped when there is no dead-letter queue; another one begins anew', async () => {
    const opened = await openWith({
      Queue: queue(),
      ...loopFunction('Fn', { NEXT_QUEUE: { Ref: 'Queue' } }),
      Map: mappingResource('Queue', 'Fn'),
    });
    await send(opened);
    expect((await stops(opened))[0]).toContain('the message is dropped');
    await untilEmpty(opened);
    await send(opened);
    await until(
      () => handled(opened, 'Fn'),
      (count) => count === 32,
    );
  });

  test('is followed through a bucket and its notification', async () => {
    const configuration = { Event: 's3:ObjectCreated:*', Queue: arn('Queue') };
    const Properties = {
      BucketName: 'loop',
      NotificationConfiguration: { QueueConfigurations: [configuration] },
    };
    const opened = await openWith({
      Queue: queue(),
      Bucket: { Type: 'AWS::S3::Bucket', Properties },
      ...loopFunction('Fn', { NEXT_BUCKET: 'loop' }),
      Map: mappingResource('Queue', 'Fn'),
    });
    const s3 = new S3Client({ ...ownerConfig(opened.stack.url), forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: 'loop', Key: 'first', Body: 'x' }));
    s3.destroy();
    await stops(opened);
    expect(handled(opened, 'Fn')).toBe(16);
  });

  test('passes a function that allows loops without counting it', async () => {
    const opened = await openWith(
      {
        Queue: queue(),
        Other: queue(),
        ...loopFunction('Fn', { NEXT_QUEUE: { Ref: 'Other' } }),
        ...loopFunction('Back', { NEXT_QUEUE: { Ref: 'Queue' } }, { RecursiveLoop: 'Allow' }),
        Map: mappingResource('Queue', 'Fn'),
        MapBack: mappingResource('Other', 'Back'),
      },
      ['Fn', 'Back'],
    );
    await send(opened);
    await stops(opened);
    expect([handled(opened, 'Fn'), handled(opened, 'Back')]).toEqual([16, 16]);
  });

  test('never ends where loops are allowed', async () => {
    const opened = await openWith({
      Queue: queue(),
      ...loopFunction('Fn', { NEXT_QUEUE: { Ref: 'Queue' } }, { RecursiveLoop: 'Allow' }),
      Map: mappingResource('Queue', 'Fn'),
    });
    await send(opened);
    const count = await until(
      () => handled(opened, 'Fn'),
      (found) => found > 40,
    );
    expect(count).toBeGreaterThan(40);
  });
});
