import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { queueOf } from '../../builders/sqs-messages.ts';

test('creating a queue again gives the same one, with other attributes it is refused', async () => {
  const { sqs } = await embeddedEndpoint();
  const Attributes = { VisibilityTimeout: '720' };
  const first = await sqs.send(new CreateQueueCommand({ QueueName: 'work', Attributes }));
  expect(await sqs.send(new CreateQueueCommand({ QueueName: 'work', Attributes }))).toMatchObject({
    QueueUrl: first.QueueUrl,
  });
  const other = new CreateQueueCommand({ QueueName: 'work', Attributes: { VisibilityTimeout: '1' } });
  await expect(sqs.send(other)).rejects.toMatchObject({ name: 'QueueNameExists', Code: 'QueueAlreadyExists' });
});

test.each<[string, Record<string, string>]>([
  ['InvalidAttributeValue', { VisibilityTimeout: '43201' }],
  ['InvalidAttributeValue', { DelaySeconds: '-1' }],
  ['InvalidAttributeValue', { RedrivePolicy: '{"maxReceiveCount":3}' }],
  ['InvalidAttributeName', { VisibilityTimeOut: '30' }],
  ['UnsupportedOperation', { FifoQueue: 'true' }],
])('%s for %j', async (name, Attributes) => {
  const { sqs } = await embeddedEndpoint();
  await expect(sqs.send(new CreateQueueCommand({ QueueName: 'work', Attributes }))).rejects.toMatchObject({ name });
});

test('queues are found by name and prefix until they are deleted', async () => {
  const { sqs } = await embeddedEndpoint();
  const work = await queueOf(sqs, 'work');
  await queueOf(sqs, 'other');
  expect(await sqs.send(new GetQueueUrlCommand({ QueueName: 'work' }))).toMatchObject({ QueueUrl: work.QueueUrl });
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'w' }));
  expect(QueueUrls).toEqual([work.QueueUrl]);
  await work.send('x');
  await sqs.send(new DeleteQueueCommand({ QueueUrl: work.QueueUrl }));
  await expect(work.send('x')).rejects.toMatchObject({
    name: 'QueueDoesNotExist',
    Code: 'AWS.SimpleQueueService.NonExistentQueue',
  });
  expect(await (await queueOf(sqs, 'work')).receive()).toEqual([]);
});

test('tags', async () => {
  const { sqs } = await embeddedEndpoint();
  const { QueueUrl } = await queueOf(sqs, 'work');
  await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { a: '1', b: '2' } }));
  await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['a'] }));
  expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ b: '2' });
});

test('what the embedded stack leaves out is 501 UnsupportedOperation', async () => {
  const { sqs } = await embeddedEndpoint();
  const { QueueUrl, arn } = await queueOf(sqs, 'work');
  const left = { name: 'UnsupportedOperation', $metadata: { httpStatusCode: 501 } };
  await expect(sqs.send(new CreateQueueCommand({ QueueName: 'work.fifo' }))).rejects.toMatchObject(left);
  await expect(sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn }))).rejects.toMatchObject(left);
  await expect(sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }))).rejects.toMatchObject(left);
});
