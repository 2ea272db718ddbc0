import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { s3ErrorName, sourceReadError } from '../aws/aws-error.ts';
import type { S3Location } from '../core/manifest-sources.ts';

/** An object of one version, and its first bytes. */
export interface OpenedObject {
  /** Without quotes. */
  readonly etag: string;
  readonly sizeBytes: number;
  readonly front: Uint8Array;
}

const contentRange = /^bytes \d+-\d+\/(\d+)$/;

/**
 * Version, size and front of an object by one request: a GET, because a HEAD's refusal does not say why.
 *
 * @param etag of the version that is meant, without quotes; the current one when absent
 * @returns undefined when the object has no bytes
 * @throws FanlightError NOT_FOUND, ACCESS_DENIED, SOURCE_CHANGED, ...; INTERNAL when S3 is not available
 */
export async function openObject(
  s3: S3Client,
  { bucket, key }: S3Location,
  { etag, frontBytes }: { readonly etag: string | undefined; readonly frontBytes: number },
): Promise<OpenedObject | undefined> {
  try {
    const request = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      Range: `bytes=0-${frontBytes - 1}`,
      ...(etag === undefined ? {} : { IfMatch: `"${etag}"` }),
    });
    const { Body, ContentRange, ETag = '' } = await s3.send(request);
    const front = (await Body?.transformToByteArray()) ?? new Uint8Array();
    const sizeBytes = Number(contentRange.exec(ContentRange ?? '')?.[1] ?? front.length);
    return { etag: ETag.replaceAll('"', ''), sizeBytes, front };
  } catch (error) {
    if (s3ErrorName(error) === 'InvalidRange') return undefined;
    throw sourceReadError(error);
  }
}
