import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import type { PolicyDocument } from '../../../localstack/embedded/iam/policy.ts';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { objectsOf } from '../../builders/s3-objects.ts';
import { queueOf } from '../../builders/sqs-messages.ts';

/** A stack with the bucket `results` and a function that may do what the statements say. */
async function functionWith(...statements: [action: string | string[], resource: string][]) {
  const stack = await embeddedEndpoint();
  stack.endpoint.buckets.create('results');
  const Statement = statements.map(([Action, Resource]) => ({ Effect: 'Allow' as const, Action, Resource }));
  const policies: PolicyDocument[] = [{ Version: '2012-10-17', Statement }];
  stack.endpoint.addPrincipal(
    'FUNCTION',
    'secret',
    { arn: 'arn:aws:sts::000000000000:assumed-role/f/f', policies },
    'token',
  );
  const { s3, sqs } = stack.clientsOf('FUNCTION', 'token');
  return {
    ...stack,
    owner: objectsOf(stack.s3, 'results'),
    limited: objectsOf(s3, 'results'),
    s3,
    sqs,
    ownerSqs: stack.sqs,
  };
}

const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
const get = { Bucket: 'results', Key: 'a' };

test('a function does what its policies allow and nothing else', async () => {
  const { limited, owner } = await functionWith(['s3:PutObject', 'arn:aws:s3:::results/img/*']);
  await limited.put('img/a');
  expect(await owner.text('img/a')).toBe('img/a');
  await expect(limited.put('other/a')).rejects.toMatchObject(denied);
  await expect(limited.text('img/a')).rejects.toMatchObject(denied);
});

test('a missing key is 403 for who may not list the bucket, 404 for who may', async () => {
  const blind = await functionWith(['s3:GetObject', 'arn:aws:s3:::results/*']);
  await expect(blind.s3.send(new GetObjectCommand(get))).rejects.toMatchObject(denied);
  await expect(blind.s3.send(new HeadObjectCommand(get))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  const seeing = await functionWith(
    ['s3:GetObject', 'arn:aws:s3:::results/*'],
    ['s3:ListBucket', 'arn:aws:s3:::results'],
  );
  await expect(seeing.s3.send(new GetObjectCommand(get))).rejects.toMatchObject({ name: 'NoSuchKey' });
  await seeing.s3.send(new ListObjectsV2Command({ Bucket: 'results' }));
});

test('a copy needs the source as well', async () => {
  const { s3, owner } = await functionWith(['s3:PutObject', 'arn:aws:s3:::results/*']);
  await owner.put('a');
  const copy = new CopyObjectCommand({ Bucket: 'results', Key: 'b', CopySource: 'results/a' });
  await expect(s3.send(copy)).rejects.toMatchObject(denied);
});

test('comparing an ETag on a write needs s3:GetObject', async () => {
  const { limited, owner } = await functionWith(['s3:PutObject', 'arn:aws:s3:::results/*']);
  const { ETag } = await owner.put('a');
  await expect(limited.put('a', 'x', { IfMatch: ETag })).rejects.toMatchObject(denied);
  await limited.put('b', 'x', { IfNoneMatch: '*' });
});

test('in a batch delete each key is judged for itself', async () => {
  const { s3, owner } = await functionWith(['s3:DeleteObject', 'arn:aws:s3:::results/tmp/*']);
  await owner.put('tmp/a');
  await owner.put('kept');
  const Objects = [{ Key: 'tmp/a' }, { Key: 'kept' }];
  const result = await s3.send(new DeleteObjectsCommand({ Bucket: 'results', Delete: { Objects } }));
  expect(result.Deleted).toMatchObject([{ Key: 'tmp/a' }]);
  expect(result.Errors).toMatchObject([{ Key: 'kept', Code: 'AccessDenied' }]);
  expect(await owner.text('kept')).toBe('kept');
});

test('queues are guarded too, before it is said whether they exist', async () => {
  const { sqs, ownerSqs } = await functionWith(['sqs:SendMessage', 'arn:aws:sqs:us-east-1:000000000000:work']);
  const { QueueUrl } = await queueOf(ownerSqs, 'work');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject(denied);
  const hidden = new SendMessageCommand({ QueueUrl: `${QueueUrl}-hidden`, MessageBody: 'x' });
  await expect(sqs.send(hidden)).rejects.toMatchObject(denied);
});

test('credentials with a session token are worth nothing without it', async () => {
  const stack = await functionWith(['s3:*', '*']);
  const without = objectsOf(stack.clientsOf('FUNCTION').s3, 'results');
  await expect(without.put('a')).rejects.toMatchObject({ name: 'InvalidToken' });
  const other = objectsOf(stack.clientsOf('FUNCTION', 'another token').s3, 'results');
  await expect(other.put('a')).rejects.toMatchObject({ name: 'InvalidToken' });
  expect(stack.endpoint.requestCounts()).toEqual({});
});
