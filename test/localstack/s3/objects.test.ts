import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
} from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { objectsOf } from '../../builders/s3-objects.ts';

async function bucket() {
  const stack = await embeddedEndpoint();
  await stack.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  return { ...stack, ...objectsOf(stack.s3, 'photos') };
}

test('an object keeps its bytes, headers and metadata', async () => {
  const { s3, put } = await bucket();
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
  await put('a.png', bytes, { ContentType: 'image/png', CacheControl: 'max-age=1', Metadata: { recipe: 'web' } });
  const got = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a.png' }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  expect(got).toMatchObject({ ContentType: 'image/png', CacheControl: 'max-age=1', Metadata: { recipe: 'web' } });
});

test('any key comes back as it was written', async () => {
  const { put, text } = await bucket();
  const key = fc
    .string({
      unit: fc.oneof(fc.constantFrom('/', '+', ' ', '%', '.', '?', '&', '#'), fc.string({ unit: 'grapheme' })),
    })
    .filter((name) => name !== '' && Buffer.byteLength(name) <= 1024 && !name.startsWith('/'));
  await fc.assert(
    fc.asyncProperty(key, async (Key) => {
      await put(Key, `body of ${Key}`);
      expect(await text(Key)).toBe(`body of ${Key}`);
    }),
    { numRuns: 60, examples: [['x//y'], ['dot/./a'], ['a/../b'], ['pct%41'], ['plus+ space'], ['日本/画像 🐱.png']] },
  );
});

test('a reader gets the old bytes to the end while the object is replaced and deleted', async () => {
  const { s3, put } = await bucket();
  const old = Buffer.alloc(8 * 1024 ** 2, 'old');
  await put('big', old);
  const got = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'big' }));
  await put('big', 'new');
  await s3.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'big' }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(old)).toBe(true);
});

test.each([
  ['bytes=2-4', '234', 'bytes 2-4/10'],
  ['bytes=7-', '789', 'bytes 7-9/10'],
  ['bytes=-3', '789', 'bytes 7-9/10'],
  ['bytes=-50', '0123456789', 'bytes 0-9/10'],
  ['bytes=8-50', '89', 'bytes 8-9/10'],
])('range %s', async (Range, expected, contentRange) => {
  const { s3, put } = await bucket();
  await put('digits', '0123456789');
  const got = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'digits', Range }));
  expect(await got.Body?.transformToString()).toBe(expected);
  expect(got.ContentRange).toBe(contentRange);
});

test('a range behind the end is 416', async () => {
  const { s3, put } = await bucket();
  await put('digits', '0123456789');
  const request = s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'digits', Range: 'bytes=10-' }));
  await expect(request).rejects.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
});

test('a conditional read answers 304 or 412', async () => {
  const { s3, put } = await bucket();
  const { ETag } = await put('a', 'x');
  const get = { Bucket: 'photos', Key: 'a' };
  await expect(s3.send(new GetObjectCommand({ ...get, IfNoneMatch: ETag }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 304 },
  });
  await expect(s3.send(new GetObjectCommand({ ...get, IfMatch: '"other"' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 412 },
  });
  const future = new Date(Date.now() + 60_000);
  await expect(s3.send(new HeadObjectCommand({ ...get, IfModifiedSince: future }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 304 },
  });
});

test('a missing key is NoSuchKey, in a missing bucket NoSuchBucket', async () => {
  const { s3 } = await bucket();
  await expect(s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'none' }))).rejects.toMatchObject({
    name: 'NoSuchKey',
  });
  await expect(s3.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'none' }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
  });
});

test('a copy takes metadata and tags along unless they are replaced', async () => {
  const { s3, put, text } = await bucket();
  await put('from +ä', 'bytes', { Metadata: { a: '1' }, Tagging: 'k=v', ContentType: 'image/gif' });
  const CopySource = `photos/${encodeURIComponent('from +ä')}`;
  await s3.send(new CopyObjectCommand({ Bucket: 'photos', Key: 'same', CopySource }));
  await s3.send(
    new CopyObjectCommand({
      Bucket: 'photos',
      Key: 'other',
      CopySource,
      MetadataDirective: 'REPLACE',
      Metadata: { b: '2' },
    }),
  );
  await s3.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'from +ä' }));
  expect(await text('same')).toBe('bytes');
  const same = await s3.send(new HeadObjectCommand({ Bucket: 'photos', Key: 'same' }));
  expect(same).toMatchObject({ Metadata: { a: '1' }, ContentType: 'image/gif' });
  const tags = await s3.send(new GetObjectTaggingCommand({ Bucket: 'photos', Key: 'same' }));
  expect(tags.TagSet).toEqual([{ Key: 'k', Value: 'v' }]);
  const other = await s3.send(new HeadObjectCommand({ Bucket: 'photos', Key: 'other' }));
  expect(other.Metadata).toEqual({ b: '2' });
});
