import { expect, test } from 'vitest';
import { ReceiptSchema } from '../../../shared/core/receipt.ts';
import { messageGroupOf } from '../../../shared/core/shard.ts';
import { openControlPlane } from '../../builders/control-plane.ts';
import { shardsIn } from '../../builders/pretend-processor.ts';

test('images of one batch become one shard of their route, in no job', async () => {
  const plane = await openControlPlane();
  for (const name of ['b.jpg', 'a b+c.png', 'notes.txt']) await plane.upload(`images/${name}`, name);
  expect(await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'))).toEqual([]);
  const messages = await plane.take('shards');
  expect(messages.map(({ attributes }) => attributes['MessageGroupId'])).toEqual([
    messageGroupOf({ route: 'images/' }),
  ]);
  const shards = shardsIn(messages);
  expect(shards).toMatchObject([
    {
      route: 'images/',
      fresh: true,
      output: { prefix: 'img/' },
      recipe: { name: 'small' },
      sources: [
        { ordinal: 0, name: 'images/a b+c.png', key: 'images/a b+c.png', size: 9, claimed: true },
        { ordinal: 1, name: 'images/b.jpg', claimed: true },
        { ordinal: 2, name: 'images/notes.txt', claimed: false },
      ],
    },
  ]);
  expect(shards[0]?.job).toBeUndefined();
  expect(shards[0]?.sources[0]?.version.etag).toMatch(/^[0-9a-f]{32}$/);
  expect(await plane.dump('_fanlight/')).toEqual({});
});

test('a redelivered batch gives the same shard, which is not fresh any more', async () => {
  const plane = await openControlPlane();
  for (const name of ['a.jpg', 'b.jpg']) await plane.upload(`images/${name}`, name);
  const messages = await plane.receive('uploads');
  await plane.deliver('uploads', plane.splitter, messages);
  const redelivered = messages
    .toReversed()
    .map((message) => ({ ...message, attributes: { ...message.attributes, ApproximateReceiveCount: '2' } }));
  await plane.deliver('uploads', plane.splitter, redelivered);
  const [first, second] = shardsIn(await plane.take('shards'));
  expect(second).toEqual({ ...first, fresh: false });
});

test('1: a duplicate event in a batch is one image', async () => {
  const plane = await openControlPlane();
  await plane.upload('images/a.jpg', 'a');
  const [message] = await plane.receive('uploads');
  plane.send('uploads', JSON.parse(message?.body ?? ''));
  await plane.deliver(
    'uploads',
    plane.splitter,
    [message, ...(await plane.receive('uploads'))].filter((m) => m !== undefined),
  );
  expect(shardsIn(await plane.take('shards')).map(({ sources }) => sources.length)).toEqual([1]);
});

test('heavy recipes are cut into several shards of a batch, each with an id of its own', async () => {
  const plane = await openControlPlane();
  for (let index = 0; index < 8; index++) await plane.upload(`images/${index}.jpg`, Buffer.alloc(1_000_000, index));
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  const shards = shardsIn(await plane.take('shards'));
  expect(new Set(shards.map(({ shard }) => shard)).size).toBe(shards.length);
  expect(shards.flatMap(({ sources }) => sources).map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('6: empty uploads, folder markers, test events, foreign buckets and nonsense are acknowledged', async () => {
  const plane = await openControlPlane();
  await plane.upload('images/empty.jpg', '');
  await plane.upload('images/folder/', '');
  plane.send('uploads', { Service: 'Amazon S3', Event: 's3:TestEvent' });
  plane.send('uploads', { hello: 'world' });
  plane.send('uploads', { Records: [1, { eventSource: 'aws:s3' }] });
  await plane.upload('images/real.jpg', 'x');
  const messages = await plane.receive('uploads');
  const foreign = messages
    .find(({ body }) => body.includes('real.jpg'))
    ?.body.replace('"name":"uploads"', '"name":"foreign"');
  plane.send('uploads', JSON.parse(foreign ?? ''));
  plane.send(
    'uploads',
    JSON.parse(
      (foreign ?? '')
        .replace('"name":"foreign"', '"name":"uploads"')
        .replace('images%2F', 'other%2F')
        .replace('images/', 'other/'),
    ),
  );
  const all = [...messages, ...(await plane.receive('uploads'))];
  expect(all.length).toBe(8);
  expect(await plane.deliver('uploads', plane.splitter, all)).toEqual([]);
  expect(shardsIn(await plane.take('shards')).flatMap(({ sources }) => sources.map(({ key }) => key))).toEqual([
    'images/real.jpg',
  ]);
});

test('an upload that its route does not take is recorded as failed, once', async () => {
  const plane = await openControlPlane();
  await plane.upload('jobs/photo.jpg', 'x');
  const messages = await plane.receive('uploads');
  expect(await plane.deliver('uploads', plane.splitter, messages)).toEqual([]);
  await plane.deliver('uploads', plane.splitter, messages);
  const receipts = Object.values(await plane.dump('_fanlight/')).map((text) => ReceiptSchema.parse(JSON.parse(text)));
  expect(receipts).toMatchObject([
    {
      route: 'jobs/',
      outcomes: [{ source: 'jobs/photo.jpg', status: 'failed', error: { code: 'UNSUPPORTED_FORMAT' } }],
    },
  ]);
  expect(plane.waiting('shards') + plane.waiting('receipts')).toBe(0);
});

test('a route that takes archives too looks at the first bytes, not at the name', async () => {
  const plane = await openControlPlane();
  await plane.upload('any/photo.zip', 'not a zip at all');
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  expect(shardsIn(await plane.take('shards'))).toMatchObject([{ sources: [{ key: 'any/photo.zip', claimed: false }] }]);
});

test('what SQS refuses in a message may be in a key', async () => {
  const plane = await openControlPlane();
  await plane.upload('images/\uffff\ufffe.jpg', 'x');
  expect(await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'))).toEqual([]);
  expect(shardsIn(await plane.take('shards'))).toMatchObject([{ sources: [{ key: 'images/\uffff\ufffe.jpg' }] }]);
});
