import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { functionResources, mappingResource } from '../../builders/mini-assembly.ts';
import { isAlive, openTestStack, ownerConfig, payloadOf, until } from '../../builders/test-stack.ts';
import type { TestStack } from '../../builders/test-stack.ts';

const HOUR_MS = 3_600_000;

/** Logs what it handles; fails, or takes its time, when a body says so. Asked for the time, tells it, and asks S3. */
const code = `
  import { GetObjectCommand, S3Client } from '${import.meta.resolve('@aws-sdk/client-s3')}';
  const s3 = new S3Client({ forcePathStyle: true, maxAttempts: 4 });
  export const handler = async (event, context) => {
    if (event.bucket) {
      const missing = new GetObjectCommand({ Bucket: event.bucket, Key: 'missing' });
      const { $metadata } = await s3.send(missing).catch((error) => error);
      const { LastModified } = await s3.send(new GetObjectCommand({ Bucket: event.bucket, Key: 'a' }));
      return {
        nowMs: Date.now(),
        madeMs: new Date().getTime(),
        isDate: new Date() instanceof Date,
        ofText: new Date('2026-01-02T03:04:05Z').toISOString(),
        attempts: $metadata.attempts,
        objectAgeMs: Date.now() - LastModified.getTime(),
        remainingMs: context.getRemainingTimeInMillis(),
      };
    }
    if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
    const bodies = event.Records?.map(({ body }) => body) ?? [event['detail-type'] ?? 'pid ' + process.pid];
    console.log('HANDLED ' + bodies.toSorted().join());
    if (bodies.includes('fail')) throw new Error('as told');
    return { pid: process.pid };
  };`;

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(disposals.splice(0).map(async (dispose) => dispose()));
});

async function open(mapping: Record<string, unknown> = {}): Promise<TestStack> {
  const RedrivePolicy = { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 3 };
  const Targets = [{ Id: 'Target0', Arn: arn('Fn') }];
  const opened = await openTestStack({
    bundles: { Fn: code },
    resources: {
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'things' } },
      Dead: { Type: 'AWS::SQS::Queue' },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 720, RedrivePolicy } },
      ...functionResources('Fn', { Timeout: 30 }, [{ Effect: 'Allow', Action: ['sqs:*', 's3:*'], Resource: '*' }]),
      Map: mappingResource('Queue', 'Fn', mapping),
      Rule: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(5 minutes)', Targets } },
    },
    outputs: { QueueUrl: { Ref: 'Queue' }, DeadArn: arn('Dead') },
  });
  disposals.push(opened.dispose);
  return opened;
}

const send = async ({ sqs, stack }: TestStack, MessageBody: string, DelaySeconds = 0) =>
  sqs.send(new SendMessageCommand({ QueueUrl: stack.outputs['QueueUrl'], MessageBody, DelaySeconds }));

const handled = ({ lines }: TestStack) => lines.filter((line) => line.startsWith('HANDLED '));

const untilHandled = async (opened: TestStack, line: string) =>
  until(
    () => handled(opened),
    (found) => found.includes(line),
  );

describe('waiting is skipped', () => {
  test('for delayed messages, in their order', async () => {
    const opened = await open();
    await send(opened, 'later', 900);
    await send(opened, 'sooner', 600);
    await send(opened, 'now');
    using forward = opened.stack.fastForward();
    await untilHandled(opened, 'HANDLED later');
    const messages = handled(opened).filter((line) => line !== 'HANDLED Scheduled Event');
    expect(messages).toEqual(['HANDLED now', 'HANDLED sooner', 'HANDLED later']);
    expect(forward.skippedMs).toBeLessThanOrEqual(900_000);
  });

  test('for visibility timeouts, up to the dead-letter queue; schedules fire on the way', async () => {
    const opened = await open();
    opened.stack.fastForward();
    await send(opened, 'fail');
    await until(
      () => opened.stack.endpoint.queues.counts(opened.stack.outputs['DeadArn'] ?? ''),
      ({ visible }) => visible === 1,
    );
    expect(handled(opened).filter((line) => line === 'HANDLED fail')).toHaveLength(3);
    // 3 × 720 s
    expect(handled(opened).filter((line) => line === 'HANDLED Scheduled Event')).toHaveLength(7);
  });

  test('for windows, once nothing else runs', async () => {
    const opened = await open({ BatchSize: 100, MaximumBatchingWindowInSeconds: 300 });
    await send(opened, 'a');
    await send(opened, 'b');
    opened.stack.fastForward();
    await untilHandled(opened, 'HANDLED a,b');
    expect(handled(opened)).toContain('HANDLED a,b');
  });

  test('not while a function is busy', async () => {
    const opened = await open();
    const running = opened.stack.invoke('Fn', { sleepMs: 300 });
    await send(opened, 'later', 900);
    const before = opened.clock.offsetMs;
    using forward = opened.stack.fastForward();
    await expect.poll(() => opened.stack.functions[0]?.environments[0]?.state).toBe('busy');
    expect([opened.clock.offsetMs, forward.skippedMs]).toEqual([before, 0]);
    await running;
    await untilHandled(opened, 'HANDLED later');
    expect(forward.skippedMs).toBeGreaterThan(0);
  });

  test('for schedules only while that is wanted', async () => {
    const opened = await open();
    let wanted = 3;
    const forward = opened.stack.fastForward({ toSchedule: () => handled(opened).length < wanted });
    await until(
      () => handled(opened),
      (found) => found.length === 3,
    );
    const skippedMs = forward.skippedMs;
    await new Promise((resolve) => setTimeout(resolve, 50)); // ten looks at an idle stack
    expect(forward.skippedMs).toBe(skippedMs);
    forward.stop();
    wanted = 4;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(forward.skippedMs).toBe(skippedMs);
  });
});

test('functions live in the time of the clock: signatures hold, and nothing is repeated for a wrong clock', async () => {
  const opened = await open();
  const s3 = new S3Client({ ...ownerConfig(opened.stack.url), forcePathStyle: true, maxAttempts: 1 });
  await s3.send(new PutObjectCommand({ Bucket: 'things', Key: 'a', Body: 'x' }));
  const TimesSchema = z.object({
    nowMs: z.number(),
    madeMs: z.number(),
    isDate: z.literal(true),
    ofText: z.literal('2026-01-02T03:04:05.000Z'),
    // A client whose clock is wrong repeats even a 404.
    attempts: z.literal(1),
    objectAgeMs: z.number(),
    remainingMs: z.number(),
  });
  for (const hours of [0, 10, 20]) {
    opened.clock.advance(hours * HOUR_MS);
    const before = opened.clock.now();
    const times = payloadOf(await opened.stack.invoke('Fn', { bucket: 'things' }), TimesSchema);
    expect(times.nowMs).toBeGreaterThanOrEqual(before);
    expect(times.madeMs).toBeLessThanOrEqual(opened.clock.now());
    expect(times.remainingMs).toBeLessThanOrEqual(30_000);
    expect(times.remainingMs).toBeGreaterThan(0);
    expect(Math.floor(times.objectAgeMs / HOUR_MS)).toBe({ 0: 0, 10: 10, 20: 30 }[hours]);
  }
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'things', Key: 'a' }));
  expect(await Body?.transformToString()).toBe('x');
  s3.destroy();
});

test('all environments are killed at once, busy or not, and others take their place', async () => {
  const opened = await open();
  const PidSchema = z.object({ pid: z.number() });
  const { pid } = payloadOf(await opened.stack.invoke('Fn', {}), PidSchema);
  const running = [1, 2].map(async () => opened.stack.invoke('Fn', { sleepMs: 20_000 }));
  await until(
    () => opened.stack.functions[0]?.environments.map(({ state }) => state),
    (states) => states?.join() === 'busy,busy',
  );
  expect(opened.stack.killAll()).toBe(2);
  for (const { functionError } of await Promise.all(running)) expect(functionError).toBe('Unhandled');
  expect(isAlive(pid)).toBe(false);
  expect(payloadOf(await opened.stack.invoke('Fn', {}), PidSchema).pid).not.toBe(pid);
});
