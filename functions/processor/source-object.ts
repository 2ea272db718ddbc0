import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { FanlightError } from '../../shared/core/errors.ts';
import type { Source } from '../../shared/core/source.ts';
import { taggedSource } from '../../shared/core/tagged-source.ts';
import { getObject } from './get-object.ts';
import {
  bareEtag,
  isCurrentVersion,
  pinnedObject,
  readError,
  refuseOwnOutput,
  type PinnedObject,
} from './pinned-object.ts';
import type { PinnedSource } from './pinned-source.ts';
import { writeSourceFile } from './source-file.ts';
import { Interrupted, retried } from './unavailable.ts';

/** A source that is an object as it is. */
export interface SourceObject extends PinnedSource {
  readonly object: PinnedObject;
}

function sourceObject(s3: S3Client, source: Source, object: PinnedObject, sizeBytes: number): SourceObject {
  return {
    object,
    sizeBytes,
    version: object.version,
    identity: taggedSource(object, source.version.sequencer),
    isCurrent: (signal) => isCurrentVersion(s3, object, signal),
  };
}

/**
 * Takes version and size from the plan, and asks S3 for what the plan does not know.
 *
 * @throws FanlightError when the object cannot be read; OwnOutput; Unavailable
 */
export async function pinSource(s3: S3Client, source: Source, signal: AbortSignal): Promise<SourceObject> {
  const planned = pinnedObject(source);
  if (source.size !== undefined && planned !== undefined) return sourceObject(s3, source, planned, source.size);
  const { versionId, etag: plannedEtag } = source.version;
  try {
    const { ETag, ContentLength, Metadata } = await s3.send(
      new HeadObjectCommand({ Bucket: source.bucket, Key: source.key, VersionId: versionId }),
      { abortSignal: signal },
    );
    refuseOwnOutput(Metadata);
    const etag = bareEtag(ETag ?? '');
    const changed = bareEtag(plannedEtag ?? etag) !== etag || (source.size ?? ContentLength) !== ContentLength;
    const object = pinnedObject({ ...source, version: { etag, versionId } });
    if (changed || object === undefined)
      throw new FanlightError('SOURCE_CHANGED', 'the object was overwritten after the job was planned');
    return sourceObject(s3, source, object, ContentLength ?? 0);
  } catch (error) {
    throw readError(error);
  }
}

async function openBody(s3: S3Client, { object, sizeBytes }: SourceObject, signal: AbortSignal): Promise<Readable> {
  const { bucket: Bucket, key: Key, pin } = object;
  const { body, lengthBytes } = await getObject(s3, { Bucket, Key, ...pin }, signal);
  if (lengthBytes === sizeBytes) return body;
  body.destroy();
  // The version is pinned, so another length is a broken answer and not a changed object.
  throw new Interrupted(new Error(`S3 announced ${lengthBytes} of ${sizeBytes} bytes`));
}

/** The disk is the function's, not S3's, and is no fuller or emptier after a copy's delay. */
function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/**
 * Streams the pinned bytes into a file, all of them or none: a short or broken body is read again (field note 28).
 *
 * @throws FanlightError when the object cannot be read; OwnOutput; Unavailable
 */
export async function saveSource(s3: S3Client, source: SourceObject, path: string, signal: AbortSignal): Promise<void> {
  await retried(signal, async () => {
    const body = await openBody(s3, source, signal);
    const bytesWritten = await writeSourceFile(body, path, signal).catch((error: unknown) => {
      throw isDiskError(error) ? error : new Interrupted(error);
    });
    if (bytesWritten !== source.sizeBytes)
      throw new Interrupted(new Error(`the body ended after ${bytesWritten} of ${source.sizeBytes} bytes`));
  });
}
