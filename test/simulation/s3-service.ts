import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3ServiceException,
  type CopyObjectCommandInput,
  type DeleteObjectCommandInput,
  type GetObjectCommandInput,
  type HeadObjectCommandInput,
  type ListObjectsV2CommandInput,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import type { Access, Fate, Invocation, Request } from './invocation.ts';
import type { Write } from './observer.ts';
import type { Bucket, StoredObject } from './simulated-bucket.ts';
import { SimulatedBody } from './simulated-body.ts';
import type { World } from './world.ts';

function s3Error(name: string, httpStatusCode: number): S3ServiceException {
  const fault = httpStatusCode < 500 ? 'client' : 'server';
  return new S3ServiceException({ name, message: name, $fault: fault, $metadata: { httpStatusCode } });
}

/** What the SDK throws when its own retries are over. A conflict happens to conditional writes only. */
function underFate<Result>({ nowMs, s3OutageUntilMs }: World, fate: Fate, perform: () => Result): Result {
  if (nowMs < s3OutageUntilMs || fate === 'refused') throw s3Error('SlowDown', 503);
  if (fate === 'conflict') throw s3Error('ConditionalRequestConflict', 409);
  const result = perform();
  if (fate === 'unanswered') throw s3Error('InternalError', 500);
  return result;
}

const bare = (etag: string): string => etag.replaceAll('"', '');

function bucketOf(world: World, name: string | undefined): Bucket {
  const bucket = world.buckets.get(name ?? '');
  if (bucket === undefined) throw s3Error('NoSuchBucket', 404);
  return bucket;
}

function describe({ etag, size, modifiedMs, metadata }: StoredObject) {
  const LastModified = new Date(modifiedMs - (modifiedMs % 1_000));
  return { ETag: `"${etag}"`, ContentLength: size, LastModified, Metadata: { ...metadata } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, of one range. */
function inRange(body: Buffer, range: string | undefined): { content: Buffer; ContentRange?: string } {
  if (range === undefined) return { content: body };
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === undefined || last === undefined) throw new Error(`the simulated S3 does not know the range ${range}`);
  const start = first === '' ? Math.max(0, body.length - Number(last)) : Number(first);
  if (start >= body.length) throw s3Error('InvalidRange', 416);
  const content = body.subarray(start, first === '' || last === '' ? undefined : Number(last) + 1);
  return { content, ContentRange: `bytes ${start}-${start + content.length - 1}/${body.length}` };
}

function getObject(world: World, input: GetObjectCommandInput, breaks: boolean) {
  const { Bucket, Key = '', IfMatch, Range, VersionId } = input;
  if (VersionId !== undefined) throw new Error('the simulated S3 has no versions');
  const object = bucketOf(world, Bucket).get(Key);
  if (object === undefined) throw new NoSuchKey({ message: Key, $metadata: { httpStatusCode: 404 } });
  if (IfMatch !== undefined && bare(IfMatch) !== object.etag) throw s3Error('PreconditionFailed', 412);
  const { content, ...range } = inRange(object.body, Range);
  return { ...describe(object), ...range, ContentLength: content.length, Body: new SimulatedBody(content, breaks) };
}

function headObject(world: World, { Bucket, Key = '', VersionId }: HeadObjectCommandInput) {
  if (VersionId !== undefined) throw new Error('the simulated S3 has no versions');
  const object = bucketOf(world, Bucket).get(Key);
  if (object === undefined) throw s3Error('NotFound', 404);
  return describe(object);
}

interface Conditions {
  readonly IfNoneMatch?: string | undefined;
  readonly IfMatch?: string | undefined;
}

function conditionOf({ IfNoneMatch, IfMatch }: Conditions): Write['condition'] {
  if (IfNoneMatch !== undefined) return 'If-None-Match';
  return IfMatch === undefined ? undefined : 'If-Match';
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function write(world: World, input: PutObjectCommandInput | CopyObjectCommandInput, body: Buffer): string {
  const { Bucket: bucket = '', Key: key = '', IfMatch, Metadata } = input;
  const before = bucketOf(world, bucket).get(key);
  const condition = conditionOf(input);
  if (condition === 'If-None-Match' && before !== undefined) throw s3Error('PreconditionFailed', 412);
  if (IfMatch !== undefined && before === undefined)
    throw new NoSuchKey({ message: key, $metadata: { httpStatusCode: 404 } });
  if (IfMatch !== undefined && bare(IfMatch) !== before?.etag) throw s3Error('PreconditionFailed', 412);
  const object = world.put(bucket, key, body, Metadata);
  for (const observer of world.observers) observer.onWrite?.({ bucket, key, condition, object, before });
  return `"${object.etag}"`;
}

/** Without a copy: whoever sends bytes does not change them any more. */
function bytesOf(body: PutObjectCommandInput['Body']): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new Error('the simulated S3 takes strings and buffers only');
}

function putObject(world: World, input: PutObjectCommandInput) {
  return { ETag: write(world, input, bytesOf(input.Body)) };
}

function copyObject(world: World, input: CopyObjectCommandInput) {
  const { CopySource = '', CopySourceIfMatch, MetadataDirective } = input;
  if (MetadataDirective !== 'REPLACE') throw new Error('the simulated S3 copies with new metadata only');
  const [from = '', ...path] = CopySource.split('/').map(decodeURIComponent);
  const source = bucketOf(world, from).get(path.join('/'));
  if (source === undefined) throw new NoSuchKey({ message: CopySource, $metadata: { httpStatusCode: 404 } });
  if (CopySourceIfMatch !== undefined && bare(CopySourceIfMatch) !== source.etag)
    throw s3Error('PreconditionFailed', 412);
  return { CopyObjectResult: { ETag: write(world, input, source.body) } };
}

function deleteObject(world: World, { Bucket = '', Key = '' }: DeleteObjectCommandInput) {
  bucketOf(world, Bucket).delete(Key);
  for (const observer of world.observers) observer.onDelete?.(Bucket, Key);
  return {};
}

function listObjects(world: World, input: ListObjectsV2CommandInput) {
  const { Bucket, Prefix, StartAfter, ContinuationToken, MaxKeys = 1_000, EncodingType } = input;
  const bucket = bucketOf(world, Bucket);
  const max = Math.min(MaxKeys, world.listingPageSize);
  const keys = bucket.keys(Prefix, ContinuationToken ?? StartAfter, max + 1);
  const page = keys.slice(0, max);
  const encode = (key: string): string =>
    EncodingType === 'url' ? encodeURIComponent(key).replaceAll('%20', '+') : key;
  return {
    KeyCount: page.length,
    Contents: page.map((key) => {
      const { etag = '', size = 0, modifiedMs = 0 } = bucket.get(key) ?? {};
      return { Key: encode(key), ETag: `"${etag}"`, Size: size, LastModified: new Date(modifiedMs) };
    }),
    ...(keys.length > max ? { NextContinuationToken: page.at(-1) } : {}),
  };
}

function place({ Bucket = '', Key = '' }: { Bucket?: string | undefined; Key?: string | undefined }): string {
  return `${Bucket}/${Key}`;
}

function writeAccess(input: Conditions): Access {
  return conditionOf(input) === undefined ? 'write' : 'conditional-write';
}

/** The requests of the pipeline and no others. */
export function readS3Command(world: World, command: unknown, by: Invocation): Request {
  const request = (access: Access, action: string, resource: string, perform: () => unknown): Request => ({
    about: { action, resource, access },
    perform: (fate) => underFate(world, fate, perform),
  });
  if (command instanceof GetObjectCommand)
    return {
      about: { action: 'GetObject', resource: place(command.input), access: 'read' },
      perform: (fate) => {
        const breaks = fate === 'unanswered';
        const answer = underFate(world, breaks ? 'answered' : fate, () => getObject(world, command.input, breaks));
        by.bodies.push(answer.Body);
        return answer;
      },
    };
  if (command instanceof HeadObjectCommand)
    return request('read', 'HeadObject', place(command.input), () => headObject(world, command.input));
  if (command instanceof PutObjectCommand)
    return request(writeAccess(command.input), 'PutObject', place(command.input), () =>
      putObject(world, command.input),
    );
  if (command instanceof CopyObjectCommand)
    return request(writeAccess(command.input), 'CopyObject', place(command.input), () =>
      copyObject(world, command.input),
    );
  if (command instanceof DeleteObjectCommand)
    return request('write', 'DeleteObject', place(command.input), () => deleteObject(world, command.input));
  if (command instanceof ListObjectsV2Command) {
    const { Bucket, Prefix } = command.input;
    return request('list', 'ListObjectsV2', place({ Bucket, Key: Prefix }), () => listObjects(world, command.input));
  }
  throw new Error('the simulated S3 does not know this command');
}
