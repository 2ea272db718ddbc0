import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { queueOf } from '../../builders/sqs-messages.ts';

async function withDeadLetters(maxReceiveCount: number) {
  const stack = await embeddedEndpoint();
  const deadLetters = await queueOf(stack.sqs, 'dead', { MessageRetentionPeriod: '1209600' });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount });
  const source = await queueOf(stack.sqs, 'work', { VisibilityTimeout: '30', RedrivePolicy });
  return { ...stack, source, deadLetters, clock: stack.endpoint.clock };
}

test('after maxReceiveCount deliveries a message goes to the dead-letter queue and says where from', async () => {
  const { source, deadLetters, clock } = await withDeadLetters(3);
  const { MessageId } = await source.send('poison', {
    MessageAttributes: { a: { DataType: 'String', StringValue: '1' } },
  });
  for (const count of ['1', '2', '3']) {
    expect((await source.receive())[0]?.Attributes?.ApproximateReceiveCount).toBe(count);
    clock.advance(30_000);
  }
  expect(await source.receive()).toEqual([]);
  const [dead] = await deadLetters.receive();
  expect(dead).toMatchObject({
    MessageId,
    Body: 'poison',
    Attributes: { DeadLetterQueueSourceArn: source.arn, ApproximateReceiveCount: '1' },
    MessageAttributes: { a: { StringValue: '1' } },
  });
});

test('a receive that meets dead letters still fills up with the living', async () => {
  const { source, clock } = await withDeadLetters(1);
  for (const body of ['dead 1', 'dead 2', 'dead 3']) await source.send(body);
  await source.receive();
  for (const body of ['living 1', 'living 2']) await source.send(body);
  clock.advance(30_000);
  const received = await source.receive({ MaxNumberOfMessages: 2 });
  expect(new Set(received.map((message) => message.Body))).toEqual(new Set(['living 1', 'living 2']));
});

test('a dead letter wakes who waits at the dead-letter queue', async () => {
  const { source, endpoint, clock, deadLetters } = await withDeadLetters(1);
  await source.send('poison');
  await source.receive();
  const waiting = endpoint.queues.receive(deadLetters.arn, { max: 1, waitMs: 60_000 });
  clock.advance(30_000);
  await source.receive();
  expect((await waiting).map((message) => message.body)).toEqual(['poison']);
});

test('a redrive policy must name a queue that exists', async () => {
  const { sqs, source } = await withDeadLetters(1);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${source.arn}-none`, maxReceiveCount: 1 });
  const create = new CreateQueueCommand({ QueueName: 'other', Attributes: { RedrivePolicy } });
  await expect(sqs.send(create)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});
