import {
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { queueOf } from '../../builders/sqs-messages.ts';

const MIB = 1024 ** 2;

async function queue(attributes: Record<string, string> = {}) {
  const stack = await embeddedEndpoint();
  return { ...stack, ...(await queueOf(stack.sqs, 'work', attributes)) };
}

test('any body and attributes come back, with digests that the SDK accepts', async () => {
  const { send, receive } = await queue();
  const body = fc.string({ unit: 'grapheme', minLength: 1 });
  const number = fc.integer();
  const bytes = fc.uint8Array({ minLength: 1 });
  await fc.assert(
    fc.asyncProperty(body, number, bytes, async (text, value, BinaryValue) => {
      const MessageAttributes = {
        text: { DataType: 'String', StringValue: text },
        'number.x': { DataType: 'Number.int', StringValue: String(value) },
        bytes: { DataType: 'Binary', BinaryValue },
      };
      await send(text, { MessageAttributes });
      const [message] = await receive();
      expect(message?.Body).toBe(text);
      expect(message?.MessageAttributes).toEqual(MessageAttributes);
    }),
    { numRuns: 40 },
  );
});

test('system attributes tell sender, times, count and group; the trace header travels', async () => {
  const { send, receive } = await queue();
  const before = Date.now();
  await send('x', {
    MessageGroupId: 'tenant-1',
    MessageSystemAttributes: {
      AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
    },
  });
  const [message] = await receive();
  expect(message?.Attributes).toMatchObject({
    SenderId: '000000000000',
    ApproximateReceiveCount: '1',
    MessageGroupId: 'tenant-1',
    AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
  });
  expect(Number(message?.Attributes?.SentTimestamp)).toBeGreaterThanOrEqual(before);
});

test('attributes that are not asked for stay out', async () => {
  const { send, receive } = await queue();
  await send('x', { MessageAttributes: { a: { DataType: 'String', StringValue: '1' } } });
  const [message] = await receive({ MessageAttributeNames: [], MessageSystemAttributeNames: [] });
  expect(message).not.toHaveProperty('Attributes');
  expect(message).not.toHaveProperty('MessageAttributes');
});

test('one MiB is the limit of a message and of a batch', async () => {
  const { sqs, QueueUrl, send, receive } = await queue();
  await send('x'.repeat(MIB));
  expect((await receive())[0]?.Body).toHaveLength(MIB);
  await expect(send('x'.repeat(MIB + 1))).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  const Entries = [0, 1].map((i) => ({ Id: String(i), MessageBody: 'x'.repeat(MIB / 2 + 1) }));
  await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({
    name: 'BatchRequestTooLong',
  });
});

test('in a batch each entry succeeds or fails for itself', async () => {
  const { sqs, QueueUrl, receive } = await queue({ MaximumMessageSize: '1024' });
  const Entries = [
    { Id: 'good', MessageBody: 'x' },
    { Id: 'long', MessageBody: 'x'.repeat(1025) },
    { Id: 'control', MessageBody: 'a\u0000b' },
  ];
  const { Successful, Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(Successful?.map((entry) => entry.Id)).toEqual(['good']);
  expect(Failed?.map((entry) => [entry.Id, entry.Code])).toEqual([
    ['long', 'InvalidParameterValue'],
    ['control', 'InvalidMessageContents'],
  ]);
  const [message] = await receive();
  const deletion = await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'real', ReceiptHandle: message?.ReceiptHandle },
        { Id: 'false', ReceiptHandle: 'nonsense' },
      ],
    }),
  );
  expect(deletion.Successful?.map((entry) => entry.Id)).toEqual(['real']);
  expect(deletion.Failed?.map((entry) => [entry.Id, entry.Code])).toEqual([['false', 'ReceiptHandleIsInvalid']]);
});

test.each([
  ['EmptyBatchRequest', []],
  ['TooManyEntriesInBatchRequest', Array.from({ length: 11 }, (_, i) => ({ Id: String(i), MessageBody: 'x' }))],
  ['BatchEntryIdsNotDistinct', Array.from({ length: 2 }, () => ({ Id: 'same', MessageBody: 'x' }))],
  ['InvalidBatchEntryId', [{ Id: 'no spaces', MessageBody: 'x' }]],
])('%s', async (name, Entries) => {
  const { sqs, QueueUrl } = await queue();
  await expect(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({ name });
});

test('a deleted message does not come back; one delivered again outlives its old handle', async () => {
  const { endpoint, sqs, QueueUrl, send, receive } = await queue({ VisibilityTimeout: '30' });
  await send('x');
  const [first] = await receive();
  endpoint.clock.advance(30_000);
  const [second] = await receive();
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
  endpoint.clock.advance(30_000);
  const [third] = await receive();
  expect(third?.MessageId).toBe(second?.MessageId);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: third?.ReceiptHandle }));
  endpoint.clock.advance(30_000);
  expect(await receive()).toEqual([]);
});

test('purging empties a queue, in flight or not', async () => {
  const { sqs, endpoint, QueueUrl, arn, send, receive } = await queue();
  await send('a');
  await receive();
  await send('b');
  expect(endpoint.queues.counts(arn)).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  expect(endpoint.queues.counts(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});
