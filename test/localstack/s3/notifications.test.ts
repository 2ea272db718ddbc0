import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
} from '@aws-sdk/client-s3';
import type { Event, QueueConfiguration } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { objectsOf } from '../../builders/s3-objects.ts';
import { queueOf } from '../../builders/sqs-messages.ts';

const EventSchema = z.object({
  Records: z.tuple([
    z.looseObject({
      eventName: z.string(),
      s3: z.looseObject({
        object: z.object({
          key: z.string(),
          sequencer: z.string(),
          size: z.number().optional(),
          eTag: z.string().optional(),
        }),
      }),
    }),
  ]),
});

async function notifying(rules: { events: Event[]; prefix?: string; suffix?: string }[]) {
  const stack = await embeddedEndpoint();
  const { s3, sqs } = stack;
  const queue = await queueOf(sqs, 'uploads');
  await s3.send(new CreateBucketCommand({ Bucket: 'drop' }));
  const QueueConfigurations = rules.map(({ events, prefix = '', suffix = '' }): QueueConfiguration => ({
    QueueArn: queue.arn,
    Events: events,
    Filter: {
      Key: {
        FilterRules: [
          { Name: 'prefix', Value: prefix },
          { Name: 'suffix', Value: suffix },
        ],
      },
    },
  }));
  const configure = async (): Promise<void> => {
    const NotificationConfiguration = { QueueConfigurations };
    await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'drop', NotificationConfiguration }));
  };
  const events = async () => {
    const messages = await queue.receive();
    return messages.map((message) => EventSchema.parse(JSON.parse(message.Body ?? '')).Records[0]);
  };
  return { ...stack, ...objectsOf(s3, 'drop'), queue, configure, events };
}

test('a new configuration sends s3:TestEvent, the same one again does not', async () => {
  const { configure, queue } = await notifying([{ events: ['s3:ObjectCreated:*'] }]);
  await configure();
  const [message] = await queue.receive();
  expect(JSON.parse(message?.Body ?? '')).toMatchObject({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Bucket: 'drop',
  });
  await configure();
  expect(await queue.receive()).toEqual([]);
});

test('each way of writing and removing has its event', async () => {
  const { s3, configure, queue, put, events } = await notifying([
    { events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] },
  ]);
  await configure();
  await queue.receive();
  const { ETag } = await put('a', 'four');
  await s3.send(new CopyObjectCommand({ Bucket: 'drop', Key: 'b', CopySource: 'drop/a' }));
  await new Upload({ client: s3, params: { Bucket: 'drop', Key: 'c', Body: Buffer.alloc(6_000_000) } }).done();
  await s3.send(new DeleteObjectCommand({ Bucket: 'drop', Key: 'a' }));
  await s3.send(new DeleteObjectCommand({ Bucket: 'drop', Key: 'never-there' }));
  const got = await events();
  expect(got.map((event) => [event.eventName, event.s3.object.key, event.s3.object.size])).toEqual([
    ['ObjectCreated:Put', 'a', 4],
    ['ObjectCreated:Copy', 'b', 4],
    ['ObjectCreated:CompleteMultipartUpload', 'c', 6_000_000],
    ['ObjectRemoved:Delete', 'a', undefined],
  ]);
  expect(got[0]).toMatchObject({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    s3: { s3SchemaVersion: '1.0', bucket: { name: 'drop', arn: 'arn:aws:s3:::drop' } },
  });
  expect(`"${got[0]?.s3.object.eTag}"`).toBe(ETag);
  const sequencers = got.map((event) => event.s3.object.sequencer);
  expect(sequencers).toEqual([...new Set(sequencers)].toSorted());
});

test('sequencers still grow after a restart', async () => {
  const stack = await notifying([{ events: ['s3:ObjectCreated:*'] }]);
  const { configure, put, events, queue } = stack;
  await configure();
  await queue.receive();
  await put('a');
  const [before] = await events();
  const again = await stack.reopen();
  await objectsOf(again.s3, 'drop').put('a');
  const [message] = await (await queueOf(again.sqs, 'uploads')).receive();
  const [after] = EventSchema.parse(JSON.parse(message?.Body ?? '')).Records;
  expect(after.s3.object.sequencer > (before?.s3.object.sequencer ?? '~')).toBe(true);
});

test('any key decodes from its event: plus is a space, then percent once', async () => {
  const { configure, put, events, queue } = await notifying([{ events: ['s3:ObjectCreated:*'] }]);
  await configure();
  await queue.receive();
  const key = fc
    .string({
      unit: fc.oneof(fc.constantFrom('/', '+', ' ', '%', '%2B', "'", '(', '*', '~'), fc.string({ unit: 'grapheme' })),
    })
    .filter((text) => text !== '' && Buffer.byteLength(text) <= 1024 && !text.startsWith('/'));
  await fc.assert(
    fc.asyncProperty(key, async (Key) => {
      await put(Key);
      const [event] = await events();
      expect(decodeURIComponent(event?.s3.object.key.replaceAll('+', ' ') ?? '')).toBe(Key);
    }),
    { numRuns: 50 },
  );
  await put('in/happy face(1).jpg');
  expect((await events()).map((event) => event.s3.object.key)).toEqual(['in/happy+face%281%29.jpg']);
});

test('prefix, suffix and event type select', async () => {
  const { s3, configure, put, events, queue } = await notifying([
    { events: ['s3:ObjectCreated:Put'], prefix: 'in/', suffix: '.jpg' },
  ]);
  await configure();
  await queue.receive();
  await put('in/a.jpg');
  await put('in/a.png');
  await put('out/a.jpg');
  await s3.send(new CopyObjectCommand({ Bucket: 'drop', Key: 'in/copied.jpg', CopySource: 'drop/in/a.jpg' }));
  expect((await events()).map((event) => event.s3.object.key)).toEqual(['in/a.jpg']);
});

test('rules that overlap, unknown queues and other destinations are refused', async () => {
  const { s3, configure, queue } = await notifying([
    { events: ['s3:ObjectCreated:*'], prefix: 'in/' },
    { events: ['s3:ObjectCreated:Put'], prefix: 'in/sub/' },
  ]);
  await expect(configure()).rejects.toMatchObject({ name: 'InvalidArgument' });
  const put = async (NotificationConfiguration: object) =>
    s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'drop', NotificationConfiguration }));
  const Events: Event[] = ['s3:ObjectCreated:*'];
  const unknown = [{ QueueArn: `${queue.arn}-unknown`, Events }];
  await expect(put({ QueueConfigurations: unknown })).rejects.toMatchObject({ name: 'InvalidArgument' });
  const topics = [{ TopicArn: 'arn:aws:sns:us-east-1:000000000000:t', Events }];
  await expect(put({ TopicConfigurations: topics })).rejects.toMatchObject({ name: 'NotImplemented' });
  const { QueueConfigurations } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: 'drop' }));
  expect(QueueConfigurations).toBeUndefined();
});

test('a configuration comes back as it was put', async () => {
  const { s3, configure, queue } = await notifying([{ events: ['s3:ObjectCreated:*'], prefix: 'in/' }]);
  await configure();
  const { QueueConfigurations } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: 'drop' }));
  expect(QueueConfigurations).toMatchObject([
    {
      QueueArn: queue.arn,
      Events: ['s3:ObjectCreated:*'],
      Filter: {
        Key: {
          FilterRules: [
            { Name: 'Prefix', Value: 'in/' },
            { Name: 'Suffix', Value: '' },
          ],
        },
      },
    },
  ]);
});
