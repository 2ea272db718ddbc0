import { PutBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { faultyEndpoint } from '../../builders/faulty-endpoint.ts';

type FaultyEndpoint = Awaited<ReturnType<typeof faultyEndpoint>>;

const send = async ({ limited, owner }: FaultyEndpoint, MessageBody: string) =>
  limited.sqs.send(new SendMessageCommand({ QueueUrl: owner.queue.QueueUrl, MessageBody }));

async function sendBatch({ limited, owner }: FaultyEndpoint) {
  const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `id${index}`, MessageBody: String(index) }));
  const result = await limited.sqs.send(new SendMessageBatchCommand({ QueueUrl: owner.queue.QueueUrl, Entries }));
  return { successful: result.Successful ?? [], failed: result.Failed ?? [] };
}

describe('a message of a function', () => {
  test('duplicated: is delivered twice under one id', async () => {
    const opened = await faultyEndpoint();
    opened.setRules({ kind: 'message-duplicated', rate: 1, maxMs: 60_000 });
    const { MessageId } = await send(opened, 'x');
    const early = await opened.owner.queue.receive();
    opened.clock.advance(60_000);
    const messages = [...early, ...(await opened.owner.queue.receive())].filter(
      ({ Attributes }) => Attributes?.['ApproximateReceiveCount'] === '1',
    );
    expect(messages.map((message) => message.MessageId)).toEqual([MessageId, MessageId]);
  });

  test('late: is overtaken', async () => {
    const opened = await faultyEndpoint();
    opened.setRules({ kind: 'message-late', rate: 1, limit: 1, maxMs: 60_000 });
    await send(opened, 'first');
    await send(opened, 'second');
    expect((await opened.owner.queue.receive()).map(({ Body }) => Body)).toEqual(['second']);
    opened.clock.advance(60_000);
    expect((await opened.owner.queue.receive()).map(({ Body }) => Body)).toContain('first');
  });

  test('lost: is accepted and never seen; those of the owner arrive', async () => {
    const opened = await faultyEndpoint();
    opened.setRules({ kind: 'message-lost', rate: 1, only: 'work' });
    expect((await send(opened, 'x')).MessageId).toBeDefined();
    await opened.owner.queue.send('of the owner');
    expect((await opened.owner.queue.receive()).map(({ Body }) => Body)).toEqual(['of the owner']);
  });
});

describe('a batch of a function', () => {
  test('entry-failed: some entries are listed as failed and are not sent', async () => {
    const opened = await faultyEndpoint();
    opened.setRules({ kind: 'entry-failed', rate: 0.5 });
    const { successful, failed } = await sendBatch(opened);
    expect(successful.length + failed.length).toBe(10);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]).toMatchObject({ Code: 'InternalError', SenderFault: false });
    expect(await opened.owner.queue.receive()).toHaveLength(successful.length);
  });

  test('entry-unreported: some entries are in neither list, sent or not', async () => {
    const opened = await faultyEndpoint();
    opened.setRules({ kind: 'entry-unreported', rate: 1 });
    const { successful, failed } = await sendBatch(opened);
    expect([successful, failed]).toEqual([[], []]);
    const sent = await opened.owner.queue.receive();
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.length).toBeLessThan(10);
  });
});

/** An endpoint whose bucket tells the queue of its objects. */
async function notified() {
  const opened = await faultyEndpoint();
  const QueueConfigurations = [{ QueueArn: opened.owner.queue.arn, Events: ['s3:ObjectCreated:*' as const] }];
  await opened.owner.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'photos',
      NotificationConfiguration: { QueueConfigurations },
    }),
  );
  opened.queues.purge(opened.owner.queue.arn);
  const counts = () => opened.queues.counts(opened.owner.queue.arn);
  return { ...opened, counts };
}

describe('a bucket notification, whoever put the object', () => {
  test.each([
    ['notification-duplicated', 2, 2],
    ['notification-late', 0, 1],
    ['notification-lost', 0, 0],
  ] as const)('%s → %i at once, %i in the end', async (kind, atOnce, inTheEnd) => {
    const { clock, counts, faults, owner, setRules } = await notified();
    setRules({ kind, rate: 1, maxMs: 60_000 });
    await owner.put('a');
    expect(counts().visible).toBe(atOnce);
    clock.advance(60_000);
    expect(counts().visible).toBe(inTheEnd);
    expect(faults.injected).toEqual([{ kind, what: 'ObjectCreated:Put', count: 1 }]);
  });
});
