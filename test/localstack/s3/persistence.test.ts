import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, GetObjectCommand, GetObjectTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { openEndpoint } from '../../../localstack/embedded/endpoint.ts';
import { embeddedEndpoint, temporaryDirectory } from '../../builders/embedded-endpoint.ts';
import { objectsOf } from '../../builders/s3-objects.ts';
import { queueOf } from '../../builders/sqs-messages.ts';

test('buckets, objects, queues and messages are found again', async () => {
  const first = await embeddedEndpoint();
  await first.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await objectsOf(first.s3, 'photos').put('a', 'bytes', { Metadata: { m: '1' }, Tagging: 't=1' });
  const queue = await queueOf(first.sqs, 'work', { VisibilityTimeout: '77' });
  await queue.send('waiting');
  const again = await first.reopen();
  const got = await again.s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a' }));
  expect(await got.Body?.transformToString()).toBe('bytes');
  expect(got.Metadata).toEqual({ m: '1' });
  const { TagSet } = await again.s3.send(new GetObjectTaggingCommand({ Bucket: 'photos', Key: 'a' }));
  expect(TagSet).toEqual([{ Key: 't', Value: '1' }]);
  const reopened = await queueOf(again.sqs, 'work');
  expect((await reopened.receive()).map((message) => message.Body)).toEqual(['waiting']);
  expect((await reopened.attributes()).VisibilityTimeout).toBe('77');
});

test('create() keeps the objects of a bucket and takes the new notifications', async () => {
  const first = await embeddedEndpoint();
  first.endpoint.buckets.create('photos');
  await objectsOf(first.s3, 'photos').put('a', 'bytes');
  const again = await first.reopen();
  const { arn } = again.endpoint.queues.create('uploads', {});
  const configuration = { queueArn: arn, events: ['s3:ObjectCreated:*'] };
  again.endpoint.buckets.create('photos', { notifications: { queueConfigurations: [configuration] } });
  const { put, text } = objectsOf(again.s3, 'photos');
  expect(await text('a')).toBe('bytes');
  await put('b');
  expect(again.endpoint.queues.counts(arn).visible).toBe(2); // the s3:TestEvent and the new object;
});

test('a body that no object names is swept when the endpoint opens', async () => {
  const first = await embeddedEndpoint();
  first.endpoint.buckets.create('photos');
  await objectsOf(first.s3, 'photos').put('a', 'bytes');
  await first.endpoint.close();
  const bodies = join(first.dataDir, 'bodies');
  await writeFile(join(bodies, 'left-by-a-dead-process'), 'half');
  const again = await embeddedEndpoint({ dataDir: first.dataDir });
  expect(await readdir(bodies)).toHaveLength(1);
  expect(await objectsOf(again.s3, 'photos').text('a')).toBe('bytes');
});

test('a data directory has one endpoint at a time', async () => {
  const { dataDir } = await embeddedEndpoint();
  await expect(openEndpoint({ dataDir })).rejects.toThrow('in use by another embedded stack');
});

test('what was acknowledged survives a SIGKILL, and the same data opens again', async () => {
  const dataDir = await temporaryDirectory();
  const script = fileURLToPath(new URL('../../builders/endpoint-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed: unknown[] = await once(child.stdout.setEncoding('utf8'), 'data');
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({
    endpoint: String(printed[0]).trim(),
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  const acknowledged: string[] = [];
  const writer = async (name: number): Promise<void> => {
    for (let i = 0; ; i += 1) {
      const key = `${name}/${i}`;
      await objectsOf(s3, 'photos').put(key, key.repeat(1000));
      acknowledged.push(key);
      if (acknowledged.length === 60) child.kill('SIGKILL');
    }
  };
  await Promise.allSettled([1, 2, 3, 4].map(writer));
  const again = await embeddedEndpoint({ dataDir });
  const { text } = objectsOf(again.s3, 'photos');
  expect(acknowledged.length).toBeGreaterThanOrEqual(60);
  for (const key of acknowledged) expect(await text(key)).toBe(key.repeat(1000));
});
