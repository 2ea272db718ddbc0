import { expect, test } from 'vitest';
import { z } from 'zod';
import { StateStore } from '../../../shared/aws/state-store.ts';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { textLike } from '../../builders/text-like.ts';

async function openStore() {
  const { endpoint, s3 } = await embeddedEndpoint();
  endpoint.buckets.create('results');
  return { endpoint, store: new StateStore(s3, 'results') };
}

const DocumentSchema = z.strictObject({ n: z.number() });

test('a document is created once, whoever comes second', async () => {
  const { store } = await openStore();
  const created = await Promise.all([1, 2, 3, 4].map((n) => store.create('k', `{"n":${n}}`)));
  expect(created.filter(Boolean)).toHaveLength(1);
  expect(await store.read('k')).toMatchObject({ text: `{"n":${created.indexOf(true) + 1}}` });
});

test('the second writer adopts what the first has stored', async () => {
  const { store } = await openStore();
  expect(await store.createOrAdoptDocument('k', DocumentSchema, { n: 1 })).toEqual({ n: 1 });
  expect(await store.createOrAdoptDocument('k', DocumentSchema, { n: 2 })).toEqual({ n: 1 });
  expect(await store.createOrAdopt('k', 'text')).toBe('{"n":1}');
});

test('a document is replaced only in the version that was read', async () => {
  const { store } = await openStore();
  await store.create('k', '{"n":1}');
  const stored = await store.readDocument('k', DocumentSchema);
  expect(await store.replace('k', '{"n":2}', stored?.etag ?? '')).toBe(true);
  expect(await store.replace('k', '{"n":3}', stored?.etag ?? '')).toBe(false);
  expect((await store.readDocument('k', DocumentSchema))?.document).toEqual({ n: 2 });
});

test('what does not exist is undefined, false, or removed already', async () => {
  const { store } = await openStore();
  expect(await store.read('k')).toBeUndefined();
  expect(await store.readDocument('k', DocumentSchema)).toBeUndefined();
  expect(await store.exists('k')).toBe(false);
  await store.remove('k');
  await store.write('k', '{}');
  expect(await store.exists('k')).toBe(true);
  await store.remove('k');
  expect(await store.exists('k')).toBe(false);
});

test('a document of another version is refused, and a missing bucket is no missing document', async () => {
  const { store, endpoint } = await openStore();
  await store.write('k', '{"n":"one"}');
  await expect(store.readDocument('k', DocumentSchema)).rejects.toMatchObject({
    code: 'INTERNAL',
    message: textLike(/^k cannot be read: n: /),
  });
  expect(endpoint.buckets.has('other')).toBe(false);
  const { s3 } = await embeddedEndpoint();
  await expect(new StateStore(s3, 'other').read('k')).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

test('a conflict of two writers is tried again', async () => {
  const { store, endpoint } = await openStore();
  let conflicts = 2;
  endpoint.use((req, res) => {
    if (req.method !== 'PUT' || conflicts === 0) return false;
    conflicts -= 1;
    req.resume();
    res.writeHead(409, { 'content-type': 'application/xml' });
    res.end('<Error><Code>ConditionalRequestConflict</Code><Message>again</Message></Error>');
    return true;
  });
  expect(await store.create('k', '{}')).toBe(true);
});

test('a listing goes over all pages, in order', async () => {
  const { endpoint, s3 } = await embeddedEndpoint();
  endpoint.buckets.create('results');
  const store = new StateStore(s3, 'results');
  const keys = Array.from({ length: 23 }, (_, index) => `p/${10 + index}`);
  for (const key of [...keys, 'q']) await store.write(key, '{}');
  // A page of S3 has a thousand keys.
  s3.middlewareStack.add((next) => async (args) => next({ ...args, input: { ...args.input, MaxKeys: 5 } }), {
    step: 'initialize',
  });
  const listed: string[] = [];
  for await (const { key } of store.list('p/')) listed.push(key);
  expect(listed).toEqual(keys);
  expect(await store.isEmpty('p/')).toBe(false);
  expect(await store.isEmpty('r/')).toBe(true);
});
