import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketLocationCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { objectsOf } from '../../builders/s3-objects.ts';

test('a bucket can be made, found, emptied and removed', async () => {
  const { s3 } = await embeddedEndpoint();
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await s3.send(new HeadBucketCommand({ Bucket: 'photos' }));
  expect((await s3.send(new ListBucketsCommand())).Buckets?.map((bucket) => bucket.Name)).toEqual(['photos']);
  expect((await s3.send(new GetBucketLocationCommand({ Bucket: 'photos' }))).LocationConstraint).toBeUndefined();
  await objectsOf(s3, 'photos').put('a');
  const remove = { Bucket: 'photos' };
  await expect(s3.send(new DeleteBucketCommand(remove))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  await s3.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'a' }));
  await s3.send(new DeleteBucketCommand(remove));
  await expect(s3.send(new HeadBucketCommand(remove))).rejects.toMatchObject({ name: 'NotFound' });
});

test('a bucket name that AWS would refuse is refused', async () => {
  const { s3 } = await embeddedEndpoint();
  await expect(s3.send(new CreateBucketCommand({ Bucket: 'No_Bucket' }))).rejects.toMatchObject({
    name: 'InvalidBucketName',
  });
});

test('tags can be set, read and removed without touching the object', async () => {
  const { s3, endpoint } = await embeddedEndpoint();
  endpoint.buckets.create('photos');
  const { put, text } = objectsOf(s3, 'photos');
  await put('a', 'bytes', { Tagging: 'first=1' });
  const TagSet = [{ Key: 'second', Value: 'a b&c' }];
  await s3.send(new PutObjectTaggingCommand({ Bucket: 'photos', Key: 'a', Tagging: { TagSet } }));
  expect((await s3.send(new GetObjectTaggingCommand({ Bucket: 'photos', Key: 'a' }))).TagSet).toEqual(TagSet);
  await s3.send(new DeleteObjectTaggingCommand({ Bucket: 'photos', Key: 'a' }));
  expect((await s3.send(new GetObjectTaggingCommand({ Bucket: 'photos', Key: 'a' }))).TagSet).toEqual([]);
  expect(await text('a')).toBe('bytes');
});

test('a batch delete reads keys that XML has to escape', async () => {
  const { s3, endpoint } = await embeddedEndpoint();
  endpoint.buckets.create('photos');
  const keys = ['x&y<1>', ' leading', '0012', 'line\r\nbreak', '"quoted"'];
  for (const key of keys) await objectsOf(s3, 'photos').put(key);
  const Objects = [...keys, 'never'].map((Key) => ({ Key }));
  const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket: 'photos', Delete: { Objects } }));
  expect(Deleted?.map((deleted) => deleted.Key)).toEqual([...keys, 'never']);
  await s3.send(new DeleteBucketCommand({ Bucket: 'photos' }));
});

test('what the embedded stack leaves out is 501 and changes nothing', async () => {
  const { s3, endpoint } = await embeddedEndpoint();
  endpoint.buckets.create('photos');
  const { put, text } = objectsOf(s3, 'photos');
  await put('a', 'bytes');
  const left = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };
  const acl = new PutObjectAclCommand({ Bucket: 'photos', Key: 'a', ACL: 'private' });
  await expect(s3.send(acl)).rejects.toMatchObject(left);
  const VersioningConfiguration = { Status: 'Enabled' as const };
  const versioning = new PutBucketVersioningCommand({ Bucket: 'photos', VersioningConfiguration });
  await expect(s3.send(versioning)).rejects.toMatchObject(left);
  expect(await text('a')).toBe('bytes');
});
