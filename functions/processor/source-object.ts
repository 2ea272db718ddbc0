import { GetObjectCommand, HeadObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isMissing, sourceReadError } from '../../shared/aws/aws-error.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { lineageField } from '../../shared/core/rendition-tag.ts';
import type { Source } from '../../shared/core/source.ts';
import { taggedSource, type TaggedSource } from '../../shared/core/tagged-source.ts';
import { Interrupted, retried, Unavailable } from './unavailable.ts';

/** A source whose bytes are named and counted. */
export interface PinnedSource {
  readonly bucket: string;
  readonly key: string;
  /** Names the bytes in a GET. */
  readonly pin: { readonly VersionId: string } | { readonly IfMatch: string };
  readonly sizeBytes: number;
  /** Identifies the bytes: versionId or ETag. */
  readonly version: string;
  /** As tags of its renditions keep it. */
  readonly identity: TaggedSource;
}

/** The object carries Fanlight's lineage marker: an output that was fed back in. */
export class OwnOutput extends Error {
  override readonly name = 'OwnOutput';
}

function refuseOwnOutput(metadata: Readonly<Record<string, string>> | undefined): void {
  if (metadata?.[lineageField] !== undefined) throw new OwnOutput();
}

/** What S3 will say again is the image's outcome; anything else is S3's trouble. */
function readError(thrown: unknown): Error {
  if (thrown instanceof OwnOutput) return thrown;
  const error = sourceReadError(thrown);
  return error.kind === 'transient' ? new Unavailable(thrown) : error;
}

/** Listings give an ETag with its quotes, notifications without. */
function bareEtag(etag: string): string {
  return etag.replace(/^"(.*)"$/s, '$1');
}

function pinned(source: Source, sizeBytes: number, etag: string): PinnedSource {
  const { bucket, key } = source;
  const { versionId, sequencer } = source.version;
  const pin = versionId === undefined ? { IfMatch: `"${etag}"` } : { VersionId: versionId };
  const version = versionId ?? etag;
  return { bucket, key, pin, sizeBytes, version, identity: taggedSource({ bucket, key, version }, sequencer) };
}

/**
 * Takes version and size from the plan, and asks S3 for what the plan does not know.
 *
 * @throws FanlightError when the object cannot be read; OwnOutput; Unavailable
 */
export async function pinSource(s3: S3Client, source: Source, signal: AbortSignal): Promise<PinnedSource> {
  const { versionId } = source.version;
  const etag = source.version.etag === undefined ? undefined : bareEtag(source.version.etag);
  if (source.size !== undefined && (versionId ?? etag) !== undefined) return pinned(source, source.size, etag ?? '');
  try {
    const { ETag, ContentLength, Metadata } = await s3.send(
      new HeadObjectCommand({ Bucket: source.bucket, Key: source.key, VersionId: versionId }),
      { abortSignal: signal },
    );
    refuseOwnOutput(Metadata);
    const found = pinned(source, ContentLength ?? 0, bareEtag(ETag ?? ''));
    const changed =
      (etag ?? bareEtag(ETag ?? '')) !== bareEtag(ETag ?? '') || (source.size ?? ContentLength) !== ContentLength;
    if (changed) throw new FanlightError('SOURCE_CHANGED', 'the object was overwritten after the job was planned');
    return found;
  } catch (error) {
    throw readError(error);
  }
}

/**
 * Whether the pinned version is the object's newest one; not when the object is gone.
 *
 * @throws FanlightError when the object cannot be read; Unavailable
 */
export async function isCurrentVersion(s3: S3Client, source: PinnedSource, signal: AbortSignal): Promise<boolean> {
  const { bucket, key, pin } = source;
  try {
    const request = new HeadObjectCommand({ Bucket: bucket, Key: key });
    const { ETag, VersionId } = await s3.send(request, { abortSignal: signal });
    return 'VersionId' in pin ? VersionId === pin.VersionId : ETag === pin.IfMatch;
  } catch (error) {
    if (isMissing(error)) return false;
    throw readError(error);
  }
}

async function openBody(s3: S3Client, source: PinnedSource, signal: AbortSignal): Promise<Readable> {
  let response: GetObjectCommandOutput;
  try {
    response = await s3.send(
      new GetObjectCommand({
        Bucket: source.bucket,
        Key: source.key,
        ...source.pin,
      }),
      { abortSignal: signal },
    );
  } catch (error) {
    throw readError(error);
  }
  const { Body, ContentLength, Metadata } = response;
  if (!(Body instanceof Readable)) throw new TypeError('the SDK gave no stream');
  try {
    refuseOwnOutput(Metadata);
    // The version is pinned, so another length is a broken answer and not a changed object.
    if (ContentLength !== source.sizeBytes)
      throw new Interrupted(new Error(`S3 announced ${ContentLength} of ${source.sizeBytes} bytes`));
    return Body;
  } catch (error) {
    Body.destroy(); // an unread body keeps its socket (field note 12)
    throw error;
  }
}

/** While one write is under way the socket's chunks gather, and are written together: a fifth of the writes for 1.5 MB. */
const writeBufferBytes = 1_048_576;

/** The disk is the function's, not S3's, and is no fuller or emptier after a copy's delay. */
function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/**
 * Streams the pinned bytes into a file, all of them or none: a short or broken body is read again (field note 28).
 *
 * @throws FanlightError when the object cannot be read; OwnOutput; Unavailable
 */
export async function saveSource(s3: S3Client, source: PinnedSource, path: string, signal: AbortSignal): Promise<void> {
  await retried(signal, async () => {
    const body = await openBody(s3, source, signal);
    const file = createWriteStream(path, { highWaterMark: writeBufferBytes });
    try {
      await pipeline(body, file, { signal });
    } catch (error) {
      throw isDiskError(error) ? error : new Interrupted(error);
    }
    if (file.bytesWritten !== source.sizeBytes)
      throw new Interrupted(new Error(`the body ended after ${file.bytesWritten} of ${source.sizeBytes} bytes`));
  });
}
