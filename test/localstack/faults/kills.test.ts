import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FaultRule } from '../../../localstack/embedded/faults/fault-plan.ts';
import { functionResources, mappingResource } from '../../builders/mini-assembly.ts';
import { openTestStack, ownerConfig, until } from '../../builders/test-stack.ts';
import type { TestStack } from '../../builders/test-stack.ts';

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

/** Has one child all the time; puts twelve objects for each message. */
const code = `
  import { spawn } from 'node:child_process';
  import { PutObjectCommand, S3Client } from '${import.meta.resolve('@aws-sdk/client-s3')}';
  const s3 = new S3Client({ forcePathStyle: true, maxAttempts: 1 });
  let child;
  const startChild = () => {
    child = spawn('sleep', ['1000'], { stdio: 'ignore' }).once('exit', (code, signal) => {
      console.log('CHILD ' + signal);
      startChild();
    });
  };
  startChild();
  export const handler = async ({ Records: [{ body, attributes }] }) => {
    console.log('BEGAN ' + body);
    for (let index = 0; index < 12; index++) {
      const Key = body + '/' + attributes.ApproximateReceiveCount + '/' + index;
      await s3.send(new PutObjectCommand({ Bucket: 'out', Key, Body: 'x' }));
    }
    console.log('ENDED ' + body);
  };`;

let opened: TestStack;
let s3: S3Client;
beforeAll(async () => {
  const RedrivePolicy = { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 2 };
  opened = await openTestStack({
    bundles: { Fn: code },
    resources: {
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'out' } },
      Dead: { Type: 'AWS::SQS::Queue' },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 600, RedrivePolicy } },
      ...functionResources('Fn', { Timeout: 20 }, [{ Effect: 'Allow', Action: ['sqs:*', 's3:*'], Resource: '*' }]),
      Map: mappingResource('Queue', 'Fn'),
    },
    outputs: { QueueUrl: { Ref: 'Queue' }, QueueArn: arn('Queue'), DeadArn: arn('Dead') },
  });
  s3 = new S3Client({ ...ownerConfig(opened.stack.url), forcePathStyle: true });
  opened.stack.fastForward();
});
afterAll(async () => {
  s3.destroy();
  await opened.dispose();
});
beforeEach(() => opened.stack.endpoint.queues.purge(opened.stack.outputs['DeadArn'] ?? ''));

const countsOf = (output: string) => opened.stack.endpoint.queues.counts(opened.stack.outputs[output] ?? '');
const lines = (text: string) => opened.lines.filter((line) => line === text).length;
const injected = () => opened.stack.faults.injected;

/** Sends a message, waits until the queue is empty, and tells how many objects its first and second delivery have put. */
async function objectsAfter(body: string, rule: Omit<FaultRule, 'rate'>, deadLetters = false) {
  opened.stack.faults.set({ seed: 5, rules: [{ rate: 1, ...rule }], deadLetters });
  await opened.sqs.send(new SendMessageCommand({ QueueUrl: opened.stack.outputs['QueueUrl'], MessageBody: body }));
  await until(
    () => countsOf('QueueArn'),
    ({ visible, inFlight }) => visible + inFlight === 0,
  );
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'out', Prefix: `${body}/` }));
  return ['1', '2'].map((delivery) => Contents.filter(({ Key }) => Key?.startsWith(`${body}/${delivery}/`)).length);
}

describe('an environment is killed', () => {
  test('before it gets its invocation: nothing is done then', async () => {
    expect(await objectsAfter('before', { kind: 'killed-before', limit: 1 })).toEqual([0, 12]);
    expect(lines('BEGAN before')).toBe(1);
    expect(injected()).toEqual([{ kind: 'killed-before', what: 'Fn', count: 1 }]);
  });

  test('at one of its requests: some of it is done then', async () => {
    const [first = 0, second] = await objectsAfter('during', { kind: 'killed-during', limit: 1 });
    expect(first).toBeLessThan(12);
    expect(second).toBe(12);
    expect([lines('BEGAN during'), lines('ENDED during')]).toEqual([2, 1]);
    expect(injected()).toEqual([{ kind: 'killed-during', what: 'Fn', count: 1 }]);
  });

  test('after its work: all of it is done twice', async () => {
    expect(await objectsAfter('after', { kind: 'killed-after', limit: 1 })).toEqual([12, 12]);
    expect(lines('ENDED after')).toBe(2);
  });

  test('never at the last delivery before the dead-letter queue, unless that is asked for', async () => {
    expect(await objectsAfter('spared', { kind: 'killed-before' })).toEqual([0, 12]);
    expect(countsOf('DeadArn')).toMatchObject({ visible: 0 });
    expect(await objectsAfter('given up', { kind: 'killed-before' }, true)).toEqual([0, 0]);
    expect(countsOf('DeadArn')).toMatchObject({ visible: 1 });
  });
});

test.skipIf(process.platform !== 'linux')('a child of an environment is killed, and nothing else', async () => {
  expect(await objectsAfter('child', { kind: 'worker-killed', limit: 1 })).toEqual([12, 0]);
  await until(
    () => lines('CHILD SIGKILL'),
    (count) => count === 1,
  );
  expect(injected()).toEqual([{ kind: 'worker-killed', what: 'Fn', count: 1 }]);
});
