import { CreateBucketCommand, DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { objectsOf } from '../../builders/s3-objects.ts';

async function bucket() {
  const stack = await embeddedEndpoint();
  await stack.s3.send(new CreateBucketCommand({ Bucket: 'results' }));
  return { ...stack, ...objectsOf(stack.s3, 'results') };
}

test('of twenty that create a key at once with If-None-Match, one wins and its bytes stay', async () => {
  const { put, text } = await bucket();
  const writers = Array.from({ length: 20 }, (_, i) => `writer ${i}`);
  const results = await Promise.allSettled(writers.map(async (body) => put('receipt', body, { IfNoneMatch: '*' })));
  const winners = writers.filter((_, i) => results[i]?.status === 'fulfilled');
  expect(winners).toEqual([await text('receipt')]);
  const losers = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  expect(losers.filter((reason) => reason.startsWith('PreconditionFailed'))).toHaveLength(19);
});

test('of twenty that replace an ETag at once with If-Match, one wins', async () => {
  const { put } = await bucket();
  const { ETag } = await put('status', 'start');
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, async (_, i) => put('status', `next ${i}`, { IfMatch: ETag })),
  );
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
});

test('If-Match on a missing key is 404', async () => {
  const { put } = await bucket();
  await expect(put('none', 'x', { IfMatch: '"abc"' })).rejects.toMatchObject({
    name: 'NoSuchKey',
    $metadata: { httpStatusCode: 404 },
  });
});

test('a delete with the wrong ETag leaves the object', async () => {
  const { s3, put, text } = await bucket();
  await put('kept');
  const remove = new DeleteObjectCommand({ Bucket: 'results', Key: 'kept', IfMatch: '"abc"' });
  await expect(s3.send(remove)).rejects.toMatchObject({ name: 'PreconditionFailed' });
  const Objects = [{ Key: 'kept', ETag: '"abc"' }];
  const batch = await s3.send(new DeleteObjectsCommand({ Bucket: 'results', Delete: { Objects } }));
  expect(batch.Errors).toMatchObject([{ Key: 'kept', Code: 'PreconditionFailed' }]);
  expect(await text('kept')).toBe('kept');
});
