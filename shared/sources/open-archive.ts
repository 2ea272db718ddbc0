import type { S3Client } from '@aws-sdk/client-s3';
import { FanlightError } from '../core/errors.ts';
import type { S3Location } from '../core/manifest-sources.ts';
import { archiveFormatOf, frontBytes, type ArchiveFormat } from './archive-format.ts';
import type { ArchiveObject } from './member.ts';
import { openObject } from './open-object.ts';

/** An archive whose format and version are known. */
export interface OpenArchive extends ArchiveObject {
  /** Undefined when the first bytes are none of an archive. */
  readonly format: ArchiveFormat | undefined;
  /** Without quotes. */
  readonly etag: string;
}

/**
 * Pins an archive to one version and looks at its front, by one request.
 *
 * @param etag of the version that is meant, without quotes; the current one when absent
 * @throws FanlightError EMPTY_SOURCE, and what {@link openObject} throws
 */
export async function openArchive(
  s3: S3Client,
  { bucket, key }: S3Location,
  etag: string | undefined,
): Promise<OpenArchive> {
  const opened = await openObject(s3, { bucket, key }, { etag, frontBytes });
  if (opened === undefined) throw new FanlightError('EMPTY_SOURCE', 'the archive has no bytes');
  const { front, sizeBytes } = opened;
  const pin = { IfMatch: `"${opened.etag}"` };
  return { s3, bucket, key, pin, sizeBytes, format: archiveFormatOf(front), etag: opened.etag };
}
