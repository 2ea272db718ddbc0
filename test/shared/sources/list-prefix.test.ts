import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { listPrefix } from '../../../shared/sources/list-prefix.ts';
import { embeddedEndpoint, temporaryDirectory } from '../../builders/embedded-endpoint.ts';
import { indexedKeys } from '../../builders/indexed-keys.ts';
import { allOf } from '../../builders/list-chunks.ts';
import { keptRanges } from '../../builders/list-paged-keys.ts';
import { objectsOf } from '../../builders/s3-objects.ts';

async function bucketOf(keys: readonly string[]) {
  const dataDir = await temporaryDirectory();
  indexedKeys(dataDir, 'photos', keys);
  const { s3 } = await embeddedEndpoint({ dataDir });
  const requests: { begun: number; ended: number } = { begun: 0, ended: 0 };
  s3.middlewareStack.add(
    (next) => async (args) => {
      requests.begun += 1;
      try {
        return await next(args);
      } finally {
        requests.ended += 1;
      }
    },
    { step: 'initialize' },
  );
  return { s3, requests };
}

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `legacy/IMG_${String(index).padStart(6, '0')}.jpg`);

test('5,000 objects take 5 requests, in the order of their keys', async () => {
  const keys = numbered(5_000);
  const { s3, requests } = await bucketOf(keys);
  const found = await allOf(listPrefix(s3, { bucket: 'photos', key: 'legacy/' }, undefined, { ranges: keptRanges() }));
  expect(found.map(({ key }) => key)).toEqual(keys);
  expect(requests.begun).toBe(5);
});

test('an object has version, size and date; names survive whatever they hold', async () => {
  const { s3, endpoint } = await embeddedEndpoint();
  endpoint.buckets.create('photos');
  const { put } = objectsOf(s3, 'photos');
  const names = ['a b+%2B.jpg', 'a\nb\u0001.jpg', 'é/\ufffd.jpg', '🐱.jpg'];
  for (const name of names) await put(name, 'bytes');
  await put('z', 'bytes');
  const found = await allOf(listPrefix(s3, { bucket: 'photos', key: '' }, undefined));
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'photos', Prefix: 'z' }));
  expect(new Set(found.map(({ key }) => key))).toEqual(new Set([...names, 'z']));
  expect(found.find(({ key }) => key === 'z')).toEqual({
    key: 'z',
    etag: Contents[0]?.ETag?.replaceAll('"', ''),
    sizeBytes: 5,
    modifiedMs: Contents[0]?.LastModified?.getTime(),
  });
});

test('it goes on behind any key, with ranges or without', async () => {
  const keys = numbered(4_500);
  const { s3 } = await bucketOf([...keys, 'legacy0', 'legac']);
  const ranges = keptRanges();
  const options = { ranges, sequentialPages: 2, parallel: 3 };
  for (const boundaries of [ranges, keptRanges([2_500, 2_501, 3_000].map((index) => keys[index] ?? ''))])
    for (const after of [undefined, 1_999, 2_500, 4_499]) {
      const startAfter = after === undefined ? undefined : keys[after];
      const found = await allOf(
        listPrefix(s3, { bucket: 'photos', key: 'legacy/' }, startAfter, { ...options, ranges: boundaries }),
      );
      expect(found.map(({ key }) => key)).toEqual(after === undefined ? keys : keys.slice(after + 1));
    }
});

test('requests under way end with the consumer, and no more are made', async () => {
  const keys = numbered(9_000);
  const { s3, requests } = await bucketOf(keys);
  const ranges = keptRanges([3_000, 5_000, 7_000].map((index) => keys[index] ?? ''));
  const options = { ranges, sequentialPages: 1, pagesAhead: 1 };
  let taken = 0;
  for await (const _ of listPrefix(s3, { bucket: 'photos', key: 'legacy/' }, undefined, options)) {
    taken += 1;
    if (taken === 1_001) break;
  }
  await expect.poll(() => requests.ended).toBe(requests.begun);
  const made = requests.begun;
  expect(made).toBeLessThanOrEqual(1 + 4 + 1);
  await s3.send(new ListObjectsV2Command({ Bucket: 'photos', MaxKeys: 1 }));
  expect(requests).toEqual({ begun: made + 1, ended: made + 1 });
});

test('what S3 says of a missing bucket is thrown', async () => {
  const { s3 } = await embeddedEndpoint();
  await expect(allOf(listPrefix(s3, { bucket: 'nowhere', key: '' }, undefined))).rejects.toThrow(
    expect.objectContaining({ name: 'NoSuchBucket' }),
  );
});
