import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { expect, test } from 'vitest';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { objectsOf } from '../../builders/s3-objects.ts';

const MIB = 1024 ** 2;

async function uploading(Key = 'big') {
  const stack = await embeddedEndpoint();
  const { s3 } = stack;
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: 'photos', Key }));
  const where = { Bucket: 'photos', Key, UploadId };
  return {
    ...stack,
    ...objectsOf(s3, 'photos'),
    where,
    part: async (PartNumber: number, Body: string | Uint8Array): Promise<CompletedPart> => {
      const { ETag } = await s3.send(new UploadPartCommand({ ...where, PartNumber, Body }));
      return { PartNumber, ETag };
    },
    complete: async (Parts: CompletedPart[], options = {}) =>
      s3.send(new CompleteMultipartUploadCommand({ ...where, MultipartUpload: { Parts }, ...options })),
    bodies: async () => readdir(join(stack.dataDir, 'bodies')),
  };
}

test('an upload in parts reads as one, also by range across parts', async () => {
  const { s3 } = await uploading();
  const body = Buffer.from(Array.from({ length: 11 * MIB }, (_, i) => (i * 7 + (i >> 12)) % 256));
  await new Upload({ client: s3, params: { Bucket: 'photos', Key: 'lib', Body: body } }).done();
  const whole = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'lib' }));
  expect(Buffer.from((await whole.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
  expect(whole.ETag).toMatch(/-3"$/u);
  const Range = `bytes=${5 * MIB - 3}-${5 * MIB + 2}`;
  const range = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'lib', Range }));
  const expected = body.subarray(5 * MIB - 3, 5 * MIB + 3);
  expect(Buffer.from((await range.Body?.transformToByteArray()) ?? []).equals(expected)).toBe(true);
});

test('a part sent again replaces the first, and parts that are not named vanish', async () => {
  const { part, complete, text, bodies } = await uploading();
  await part(1, 'first');
  const again = await part(1, 'again');
  await part(2, 'unused');
  await complete([again]);
  expect(await text('big')).toBe('again');
  await expect.poll(async () => (await bodies()).length).toBe(1);
});

test('completing with If-None-Match does not overwrite, and the upload can go on', async () => {
  const { put, part, complete, text, s3, where } = await uploading();
  const parts = [await part(1, 'late')];
  await put('big', 'early');
  await expect(complete(parts, { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  expect(await text('big')).toBe('early');
  expect((await s3.send(new ListPartsCommand(where))).Parts).toHaveLength(1);
  await complete(parts);
  expect(await text('big')).toBe('late');
});

test.each([
  ['InvalidPart', [{ PartNumber: 1, ETag: '"00000000000000000000000000000000"' }]],
  ['InvalidPart', [{ PartNumber: 3, ETag: '"00000000000000000000000000000000"' }]],
])('%s for a part that is not there as named', async (name, parts) => {
  const { part, complete } = await uploading();
  await part(1, 'x');
  await expect(complete(parts)).rejects.toMatchObject({ name });
});

test('parts out of order and small parts before the last are refused', async () => {
  const { part, complete } = await uploading();
  const [one, two] = [await part(1, 'small'), await part(2, 'last')];
  await expect(complete([two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
  await expect(complete([one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
});

test('aborting removes the parts', async () => {
  const { s3, part, where, complete, bodies } = await uploading();
  const parts = [await part(1, 'x')];
  await s3.send(new AbortMultipartUploadCommand(where));
  await expect(complete(parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  await expect.poll(bodies).toEqual([]);
});

test('a part copied from a range of another object', async () => {
  const { s3, put, where, complete, text } = await uploading();
  await put('source', '0123456789');
  const copied = await s3.send(
    new UploadPartCopyCommand({ ...where, PartNumber: 1, CopySource: 'photos/source', CopySourceRange: 'bytes=2-5' }),
  );
  await complete([{ PartNumber: 1, ETag: copied.CopyPartResult?.ETag }]);
  expect(await text('big')).toBe('2345');
});

test('uploads under way are listed', async () => {
  const { s3, where } = await uploading('folder/ä b');
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket: 'photos', Prefix: 'folder/' }));
  expect(Uploads).toMatchObject([{ Key: 'folder/ä b', UploadId: where.UploadId }]);
});
