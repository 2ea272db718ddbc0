import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isMissing } from '../../shared/aws/aws-error.ts';
import { parseRenditionTag, type RenditionTag } from '../../shared/core/rendition-tag.ts';
import { Unavailable } from './unavailable.ts';

/** An object at the place of a rendition. */
export interface StoredRendition {
  /** With its quotes. */
  readonly etag: string;
  /** Undefined when it is none of ours. */
  readonly tag: RenditionTag | undefined;
}

/** What lies where a rendition goes. */
export type Place = StoredRendition | 'empty';

/** @throws Unavailable */
export async function lookAtPlace(s3: S3Client, bucket: string, key: string, signal: AbortSignal): Promise<Place> {
  let head: HeadObjectCommandOutput;
  try {
    head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  } catch (error) {
    if (isMissing(error)) return 'empty';
    throw new Unavailable(error);
  }
  return { etag: head.ETag ?? '', tag: parseRenditionTag(head.Metadata) };
}
