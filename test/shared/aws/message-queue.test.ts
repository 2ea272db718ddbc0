import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { MessageQueue } from '../../../shared/aws/message-queue.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { Endpoint } from '../../../localstack/embedded/endpoint.ts';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';

const RequestSchema = z.object({ Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })) });

/** SQS takes only the entries that `accepts` says, reports some of the others as failed, and never mentions the rest. */
function acceptOnly(endpoint: Endpoint, arn: string, accepts: (index: number) => boolean): void {
  endpoint.use((req, res) => {
    if (req.headers['x-amz-target'] !== 'AmazonSQS.SendMessageBatch') return false;
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const { Entries } = RequestSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
      const Successful = Entries.filter((_, index) => accepts(index)).map(({ Id, MessageBody }) => ({
        Id,
        MessageId: endpoint.queues.send(arn, { body: MessageBody }),
        MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
      }));
      const Failed = Entries.filter((_, index) => !accepts(index) && index % 2 === 1).map(({ Id }) => ({
        Id,
        Code: 'InternalError',
        SenderFault: false,
      }));
      res.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ Successful, Failed }));
    });
    return true;
  });
}

async function bodiesIn(endpoint: Endpoint, arn: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const received = await endpoint.queues.receive(arn, { max: 10, waitMs: 0 });
    if (received.length === 0) return bodies.toSorted();
    bodies.push(...received.map(({ body }) => body));
  }
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `{"n":${1_000 + index}}`);

test('10: what a batch does not confirm is sent again, until each message is there once', async () => {
  const { endpoint, sqs } = await embeddedEndpoint();
  const { url, arn } = endpoint.queues.create('q', {});
  acceptOnly(endpoint, arn, (index) => index < 3);
  await new MessageQueue(sqs, url).send(numbered(34).map((body) => ({ body })));
  expect(await bodiesIn(endpoint, arn)).toEqual(numbered(34));
});

test('10: messages that stay unconfirmed are a transient error', async () => {
  const { endpoint, sqs } = await embeddedEndpoint();
  const { url, arn } = endpoint.queues.create('q', {});
  acceptOnly(endpoint, arn, () => false);
  await expect(new MessageQueue(sqs, url).send([{ body: '{}' }])).rejects.toMatchObject({
    code: 'INTERNAL',
    kind: 'transient',
  });
});

test('delay and group reach the queue', async () => {
  const { endpoint, sqs } = await embeddedEndpoint();
  const { url, arn } = endpoint.queues.create('q', {});
  await new MessageQueue(sqs, url).send([
    { body: '{"a":1}', groupId: 'job-1' },
    { body: '{"b":1}', delayS: 60 },
  ]);
  expect(endpoint.queues.counts(arn)).toMatchObject({ visible: 1, delayed: 1 });
  const [message] = await endpoint.queues.receive(arn, { max: 10, waitMs: 0 });
  expect(message?.attributes.MessageGroupId).toBe('job-1');
});

test('a batch holds 1 MiB at most', async () => {
  const { endpoint, sqs } = await embeddedEndpoint();
  const { url, arn } = endpoint.queues.create('q', {});
  const half = limits.maxMessageBytes / 2;
  await new MessageQueue(sqs, url).send([half, half, half].map((size) => ({ body: ' '.repeat(size) })));
  expect(endpoint.queues.counts(arn).visible).toBe(3);
  expect(endpoint.requestCounts()['SendMessageBatch']).toBe(2);
});
