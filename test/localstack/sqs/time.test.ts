import { ChangeMessageVisibilityCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { queueOf } from '../../builders/sqs-messages.ts';

async function queue(attributes: Record<string, string> = {}) {
  const stack = await embeddedEndpoint();
  const { clock } = stack.endpoint;
  return { ...stack, ...(await queueOf(stack.sqs, 'work', attributes)), clock };
}

test('a message in flight is seen again when its visibility timeout has passed', async () => {
  const { send, receive, clock } = await queue({ VisibilityTimeout: '720' });
  await send('x');
  expect(await receive()).toHaveLength(1);
  clock.advance(719_000);
  expect(await receive()).toEqual([]);
  clock.advance(1000);
  expect((await receive())[0]?.Attributes?.ApproximateReceiveCount).toBe('2');
});

test('a delayed message arrives when its delay is over', async () => {
  const { send, receive, clock, endpoint, arn } = await queue({ DelaySeconds: '60' });
  await send('queue delay');
  await send('own delay', { DelaySeconds: 900 });
  expect(endpoint.queues.counts(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 2 });
  clock.advance(60_000);
  expect((await receive()).map((message) => message.Body)).toEqual(['queue delay']);
  clock.advance(840_000);
  expect((await receive()).map((message) => message.Body)).toContain('own delay');
});

test('a changed visibility holds from now on, and 0 gives the message back', async () => {
  const { sqs, QueueUrl, send, receive, clock } = await queue({ VisibilityTimeout: '30' });
  await send('x');
  const [message] = await receive();
  const change = async (VisibilityTimeout: number, ReceiptHandle = message?.ReceiptHandle) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  clock.advance(20_000);
  await change(100);
  clock.advance(99_000);
  expect(await receive()).toEqual([]);
  await change(0);
  const [again] = await receive();
  expect(again?.MessageId).toBe(message?.MessageId);
  await expect(change(10)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  clock.advance(30_000);
  await expect(change(10, again?.ReceiptHandle)).rejects.toMatchObject({ name: 'MessageNotInflight' });
});

test('messages older than the retention period are gone', async () => {
  const { sqs, QueueUrl, send, receive, clock, endpoint, arn } = await queue({ MessageRetentionPeriod: '60' });
  await send('old');
  clock.advance(59_000);
  await send('young');
  clock.advance(1000);
  expect(endpoint.queues.counts(arn).visible).toBe(1);
  expect((await receive()).map((message) => message.Body)).toEqual(['young']);
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { MessageRetentionPeriod: '3600' } }));
  await send('kept');
  clock.advance(120_000);
  expect((await receive()).map((message) => message.Body)).toContain('kept');
});

test('a long poll ends with the message that is sent meanwhile', async () => {
  const { send, receive } = await queue();
  const waiting = receive({ WaitTimeSeconds: 20 });
  await send('x');
  expect((await waiting).map((message) => message.Body)).toEqual(['x']);
});

test('one message ends one of several long polls, the others wait on', async () => {
  const { endpoint, arn, clock } = await queue();
  const polls = Array.from({ length: 5 }, async () => endpoint.queues.receive(arn, { max: 10, waitMs: 20_000 }));
  endpoint.queues.send(arn, { body: 'x' });
  expect(await Promise.race(polls)).toHaveLength(1);
  clock.advance(20_000);
  expect((await Promise.all(polls)).flat()).toHaveLength(1);
});

test('a long poll sees what becomes visible while it waits', async () => {
  const { endpoint, arn, clock } = await queue();
  endpoint.queues.send(arn, { body: 'x', delayS: 10 });
  const waiting = endpoint.queues.receive(arn, { max: 1, waitMs: 20_000 });
  clock.advance(10_000);
  expect((await waiting).map((message) => message.body)).toEqual(['x']);
});

test('a long poll that is aborted takes nothing', async () => {
  const { endpoint, arn } = await queue();
  const abort = new AbortController();
  const waiting = endpoint.queues.receive(arn, { max: 1, waitMs: 20_000, signal: abort.signal });
  abort.abort();
  expect(await waiting).toEqual([]);
  endpoint.queues.send(arn, { body: 'x' });
  expect(endpoint.queues.counts(arn)).toMatchObject({ visible: 1, inFlight: 0 });
});
