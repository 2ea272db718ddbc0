import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { FanlightError } from '../core/errors.ts';
import { locationOf, parseS3Uri, sourceNamer, type ManifestSource, type S3Location } from '../core/manifest.ts';
import type { PlannedSource } from '../core/part-filler.ts';
import type { Cursor } from '../core/plan.ts';
import { decodeFormKey } from '../core/form-key.ts';
import { claimsToBeImage } from '../core/source.ts';
import { sourceReadError } from '../aws/aws-error.ts';

interface ListedObject {
  readonly key: string;
  readonly etag: string | undefined;
  readonly sizeBytes: number | undefined;
}

async function* listObjects(
  s3: S3Client,
  { bucket, key: prefix }: S3Location,
  startAfter: string | undefined,
): AsyncGenerator<ListedObject> {
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        StartAfter: startAfter,
        ContinuationToken: token,
        // XML cannot carry every key: control characters are lost without it.
        EncodingType: 'url',
      }),
    );
    for (const { Key, ETag, Size } of page.Contents ?? [])
      if (Key !== undefined) yield { key: decodeFormKey(Key), etag: ETag?.replaceAll('"', ''), sizeBytes: Size };
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/**
 * The images of a manifest from a cursor on, page by page as they are consumed: objects without a request, prefixes as S3 lists
 * them, folder markers (keys that end in a slash) left out.
 *
 * @param except the manifest itself, which may lie below one of its prefixes
 * @throws FanlightError with the source's URI when a prefix cannot be listed; permanent where S3's answer will not change
 */
export async function* listSources(
  s3: S3Client,
  sources: readonly ManifestSource[],
  start: Cursor,
  except: S3Location,
): AsyncGenerator<PlannedSource> {
  const nameOf = sourceNamer(sources);
  for (const [index, source] of sources.entries()) {
    if (index < start.source) continue;
    const location = locationOf(source);
    if ('object' in source) {
      const after = { source: index + 1 };
      yield { source: { name: nameOf(location), ...location, version: {}, claimed: true, attempts: 0 }, after };
    } else {
      const startAfter = index === start.source ? start.after : undefined;
      yield* below(s3, { index, uri: source.prefix, startAfter, nameOf, except });
    }
  }
}

interface PrefixListing {
  readonly index: number;
  readonly uri: string;
  readonly startAfter: string | undefined;
  readonly nameOf: (location: S3Location) => string;
  readonly except: S3Location;
}

async function* below(
  s3: S3Client,
  { index, uri, startAfter, nameOf, except }: PrefixListing,
): AsyncGenerator<PlannedSource> {
  const { bucket, key: prefix } = parseS3Uri(uri);
  try {
    for await (const { key, etag, sizeBytes } of listObjects(s3, { bucket, key: prefix }, startAfter)) {
      if (key.endsWith('/') || (bucket === except.bucket && key === except.key)) continue;
      const name = nameOf({ bucket, key });
      const source = { name, bucket, key, version: { etag }, size: sizeBytes, claimed: claimsToBeImage(name) };
      yield { source: { ...source, attempts: 0 }, after: { source: index, after: key } };
    }
  } catch (error) {
    const { code, kind, message } = sourceReadError(error);
    throw new FanlightError(code, `${uri} cannot be listed: ${message}`, { kind, cause: error });
  }
}
