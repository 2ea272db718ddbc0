import { createHash } from 'node:crypto';
import { GetQueueAttributesCommand, SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { functionResources, mappingResource } from '../../builders/mini-assembly.ts';
import type { Resources } from '../../builders/mini-assembly.ts';
import { openTestStack, until } from '../../builders/test-stack.ts';
import type { TestStack } from '../../builders/test-stack.ts';
import { textLike } from '../../builders/text-like.ts';

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

/** Writes each event to its log; fails, waits or exits when a body says so. */
const code = `
  export const handler = async (event) => {
    console.log('EVENT ' + JSON.stringify(event));
    const body = event.Records?.[0].body;
    if (body === 'fail') throw new Error('as told');
    if (body === 'wait') await new Promise((resolve) => setTimeout(resolve, 100));
    if (body === 'wait long') await new Promise((resolve) => setTimeout(resolve, 60_000));
  };`;

const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(disposals.splice(0).map(async (dispose) => dispose()));
});

async function openWith(resources: Resources, functionProperties: Record<string, unknown> = {}): Promise<TestStack> {
  const opened = await openTestStack({
    bundles: { Fn: code },
    resources: { ...functionResources('Fn', functionProperties), ...resources },
    outputs: { QueueUrl: { Ref: 'Queue' }, QueueArn: arn('Queue'), ...(resources['Dead'] && { DeadArn: arn('Dead') }) },
  });
  disposals.push(opened.dispose);
  return opened;
}

const queue = (Properties: Record<string, unknown> = {}) => ({ Type: 'AWS::SQS::Queue', Properties });
const RecordSchema = z.looseObject({ body: z.string(), attributes: z.record(z.string(), z.string()) });
const EventSchema = z.object({ Records: z.array(RecordSchema) });

function eventsOf({ lines }: TestStack) {
  const logged = lines.filter((line) => line.startsWith('EVENT '));
  return logged.map((line) => EventSchema.parse(JSON.parse(line.slice('EVENT '.length))));
}

async function events(opened: TestStack, count: number) {
  return until(
    () => eventsOf(opened),
    (found) => found.length >= count,
  );
}

const send = async ({ sqs, stack }: TestStack, bodies: readonly string[]) => {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: stack.outputs['QueueUrl'], Entries }));
};

const countsOf = ({ stack }: TestStack, output: string) => stack.endpoint.queues.counts(stack.outputs[output] ?? '');

test('the event has the shape of AWS', async () => {
  const opened = await openWith({ Queue: queue({ QueueName: 'q' }), Map: mappingResource('Queue', 'Fn') });
  const sent = await opened.sqs.send(
    new SendMessageCommand({
      QueueUrl: opened.stack.outputs['QueueUrl'],
      MessageBody: 'grüße',
      MessageAttributes: { colour: { DataType: 'String', StringValue: 'red' } },
    }),
  );
  const [event] = await events(opened, 1);
  expect(event).toEqual({
    Records: [
      {
        messageId: sent.MessageId,
        receiptHandle: textLike(/./),
        body: 'grüße',
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: textLike(/^\d{13}$/),
          SenderId: textLike(/./),
          ApproximateFirstReceiveTimestamp: textLike(/^\d{13}$/),
        },
        messageAttributes: {
          colour: { stringValue: 'red', stringListValues: [], binaryListValues: [], dataType: 'String' },
        },
        md5OfBody: createHash('md5').update('grüße').digest('hex'),
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:q',
        awsRegion: 'us-east-1',
      },
    ],
  });
});

test('batches: at most BatchSize messages', async () => {
  const opened = await openWith({ Queue: queue(), Map: mappingResource('Queue', 'Fn', { BatchSize: 2 }) });
  await send(opened, ['1', '2', '3', '4', '5']);
  await until(
    () => countsOf(opened, 'QueueArn'),
    ({ visible, inFlight }) => visible + inFlight === 0,
  );
  const sizes = eventsOf(opened).map(({ Records }) => Records.length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(5);
  expect(Math.max(...sizes)).toBe(2);
});

test('a window gathers more than one receive can return', async () => {
  const window = { BatchSize: 100, MaximumBatchingWindowInSeconds: 300 };
  const opened = await openWith({
    Queue: queue({ VisibilityTimeout: 900 }),
    Map: mappingResource('Queue', 'Fn', window),
  });
  const ten = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
  await Promise.all([send(opened, ten), send(opened, ten)]);
  await until(
    () => countsOf(opened, 'QueueArn'),
    ({ inFlight }) => inFlight === 20,
  );
  expect(eventsOf(opened)).toEqual([]);
  opened.clock.advance(300_000);
  const [event] = await events(opened, 1);
  expect(event?.Records).toHaveLength(20);
});

test('a batch ends before it outweighs an invocation, and the surplus comes next', async () => {
  const window = { BatchSize: 100, MaximumBatchingWindowInSeconds: 300 };
  const opened = await openWith({ Queue: queue(), Map: mappingResource('Queue', 'Fn', window) }, { MemorySize: 512 });
  const body = 'x'.repeat(900_000);
  await Promise.all(Array.from({ length: 8 }, async () => send(opened, [body])));
  const [first] = await events(opened, 1);
  expect(first?.Records).toHaveLength(6);
  opened.clock.advance(300_000);
  const [, second] = await events(opened, 2);
  expect(second?.Records).toHaveLength(2);
});

test('a failed message comes back after its visibility timeout, and is dead-lettered after maxReceiveCount', async () => {
  const RedrivePolicy = { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 2 };
  const opened = await openWith({
    Dead: queue(),
    Queue: queue({ VisibilityTimeout: 600, RedrivePolicy }),
    Map: mappingResource('Queue', 'Fn'),
  });
  await send(opened, ['fail']);
  await events(opened, 1);
  opened.clock.advance(599_000);
  expect(countsOf(opened, 'QueueArn')).toMatchObject({ visible: 0, inFlight: 1 });
  opened.clock.advance(1_000);
  const [, second] = await events(opened, 2);
  expect(second?.Records[0]?.attributes['ApproximateReceiveCount']).toBe('2');
  opened.clock.advance(600_000);
  await until(
    () => countsOf(opened, 'DeadArn'),
    ({ visible }) => visible === 1,
  );
  expect(eventsOf(opened)).toHaveLength(2);
});

test('no more invocations at a time than environments; none received before it can be worked on', async () => {
  const opened = await openWith({ Queue: queue(), Map: mappingResource('Queue', 'Fn', { BatchSize: 1 }) });
  await send(
    opened,
    Array.from({ length: 6 }, () => 'wait'),
  );
  const seen = new Set<number>();
  await until(
    () => {
      const { visible, inFlight } = countsOf(opened, 'QueueArn');
      seen.add(inFlight);
      return visible + inFlight;
    },
    (left) => left === 0,
  );
  expect(Math.max(...seen)).toBe(2);
  expect(opened.stack.functions[0]?.environments).toHaveLength(2);
});

test('a disabled mapping receives nothing', async () => {
  const opened = await openWith({
    Queue: queue(),
    Off: mappingResource('Queue', 'Fn', { Enabled: false }),
    Other: queue({ QueueName: 'other' }),
    On: mappingResource('Other', 'Fn'),
  });
  await send(opened, ['x']);
  const other = opened.stack.endpoint.queues.byArn('arn:aws:sqs:us-east-1:000000000000:other');
  await opened.sqs.send(new SendMessageCommand({ QueueUrl: other?.url, MessageBody: 'y' }));
  await events(opened, 1);
  expect(countsOf(opened, 'QueueArn')).toMatchObject({ visible: 1, inFlight: 0 });
});

test('closing cuts a batch off and gives its messages back at once', async () => {
  const opened = await openWith(
    { Queue: queue(), Map: mappingResource('Queue', 'Fn', { BatchSize: 1 }) },
    { Timeout: 30 },
  );
  await send(opened, ['wait long']);
  await events(opened, 1);
  await opened.stack.close();
  const again = await openTestStack(
    { resources: { Queue: queue() }, outputs: { QueueUrl: { Ref: 'Queue' } } },
    { dataDir: opened.dataDir },
  );
  disposals.push(again.dispose);
  const { Attributes } = await again.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: again.stack.outputs['QueueUrl'], AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '0',
  });
});
