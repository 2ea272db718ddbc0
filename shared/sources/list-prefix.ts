import { ListObjectsV2Command, type S3Client, type _Object as S3Object } from '@aws-sdk/client-s3';
import { decodeFormKey } from '../core/form-key.ts';
import type { S3Location } from '../core/manifest-sources.ts';
import type { FetchPage, ListedObject } from './list-pages.ts';
import { listInOrder, type ListPrefixOptions } from './list-ranges.ts';

export type { KeyRanges, ListPrefixOptions } from './list-ranges.ts';
export type { ListedObject } from './list-pages.ts';

function listedObject({ Key, ETag, Size, LastModified }: S3Object): ListedObject[] {
  if (Key === undefined) return [];
  const etag = ETag?.replaceAll('"', '');
  return [{ key: decodeFormKey(Key), etag, sizeBytes: Size, modifiedMs: LastModified?.getTime() }];
}

function pagesOf(s3: S3Client, { bucket, key: prefix }: S3Location, abortSignal: AbortSignal): FetchPage {
  return async ({ startAfter, token, maxKeys }) => {
    const request = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      StartAfter: startAfter,
      ContinuationToken: token,
      MaxKeys: maxKeys,
      // XML cannot carry every key: control characters are lost without it.
      EncodingType: 'url',
    });
    const { Contents = [], NextContinuationToken } = await s3.send(request, { abortSignal });
    return { objects: Contents.flatMap(listedObject), token: NextContinuationToken };
  };
}

/**
 * The objects below a prefix in the order of their keys, by their UTF-8 bytes: page by page, one page ahead of the consumer. Of a
 * large prefix several ranges are listed at once, once `options.ranges` can keep their boundaries; what is listed is the same.
 * Requests under way end with the consumer.
 *
 * @param prefix bucket, and what keys begin with
 * @param startAfter key that was the last one, exclusive
 * @throws what S3 says
 */
export async function* listPrefix(
  s3: S3Client,
  prefix: S3Location,
  startAfter: string | undefined,
  options: ListPrefixOptions = {},
): AsyncGenerator<ListedObject> {
  const ended = new AbortController();
  try {
    yield* listInOrder(pagesOf(s3, prefix, ended.signal), prefix.key, startAfter, options);
  } finally {
    ended.abort();
  }
}
