import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { isMissing, sourceReadError } from '../../shared/aws/aws-error.ts';
import { lineageField } from '../../shared/core/rendition-tag.ts';
import type { Source } from '../../shared/core/source.ts';
import { Unavailable } from './unavailable.ts';

/** One version of an object of S3. */
export interface PinnedObject {
  readonly bucket: string;
  readonly key: string;
  /** Names the bytes in a GET. */
  readonly pin: { readonly VersionId: string } | { readonly IfMatch: string };
  /** Identifies the bytes: versionId or ETag. */
  readonly version: string;
}

/** The object carries Fanlight's lineage marker: an output that was fed back in. */
export class OwnOutput extends Error {
  override readonly name = 'OwnOutput';
}

/** @throws OwnOutput */
export function refuseOwnOutput(metadata: Readonly<Record<string, string>> | undefined): void {
  if (metadata?.[lineageField] !== undefined) throw new OwnOutput();
}

/** What S3 will say again is the image's outcome; anything else is S3's trouble. */
export function readError(thrown: unknown): Error {
  if (thrown instanceof OwnOutput) return thrown;
  const error = sourceReadError(thrown);
  return error.kind === 'transient' ? new Unavailable(thrown) : error;
}

/** Listings give an ETag with its quotes, notifications without. */
export function bareEtag(etag: string): string {
  return etag.replace(/^"(.*)"$/s, '$1');
}

/** The object that a source names, or that holds it; undefined when the plan does not know the version. */
export function pinnedObject({ bucket, key, version }: Source): PinnedObject | undefined {
  const { versionId, etag } = version;
  if (versionId !== undefined) return { bucket, key, pin: { VersionId: versionId }, version: versionId };
  if (etag === undefined) return undefined;
  const bare = bareEtag(etag);
  return { bucket, key, pin: { IfMatch: `"${bare}"` }, version: bare };
}

/**
 * Whether the pinned version is the object's newest one; not when the object is gone.
 *
 * @throws FanlightError when the object cannot be read; Unavailable
 */
export async function isCurrentVersion(s3: S3Client, object: PinnedObject, signal: AbortSignal): Promise<boolean> {
  const { bucket, key, pin } = object;
  try {
    const request = new HeadObjectCommand({ Bucket: bucket, Key: key });
    const { ETag, VersionId } = await s3.send(request, { abortSignal: signal });
    return 'VersionId' in pin ? VersionId === pin.VersionId : ETag === pin.IfMatch;
  } catch (error) {
    if (isMissing(error)) return false;
    throw readError(error);
  }
}
