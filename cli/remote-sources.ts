import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { sourceReadError } from '../shared/aws/aws-error.ts';
import { FanlightError } from '../shared/core/errors.ts';
import { limits } from '../shared/core/limits.ts';
import { parseS3Uri, S3UriSchema, type ManifestSource } from '../shared/core/manifest-sources.ts';
import { frontBytes } from '../shared/sources/archive-format.ts';
import { CliError } from './cli-error.ts';
import { isReadableArchive } from './sniff-archive.ts';

/** The first bytes of an object. */
async function readFront(s3: S3Client, uri: string, maxBytes: number): Promise<Buffer> {
  const { bucket, key } = parseS3Uri(uri);
  try {
    const request = new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=0-${maxBytes - 1}` });
    const { Body } = await s3.send(request);
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    // An object without bytes has no first ones.
    if (error instanceof Error && error.name === 'InvalidRange') return Buffer.alloc(0);
    const { code, message, kind } = sourceReadError(error);
    throw new FanlightError(code, `${uri} cannot be read: ${message}`, { path: uri, kind, cause: error });
  }
}

function checkUri(uri: string): void {
  if (S3UriSchema.safeParse(uri).success) return;
  throw new CliError('USAGE', `${uri} is not s3://BUCKET/KEY`, { path: uri });
}

/**
 * What is in S3 as a source: everything below a prefix, an archive by its first bytes, or an object.
 *
 * @param uri `s3://…`; a slash at its end makes it a prefix
 * @throws CliError USAGE; FanlightError NOT_FOUND, ACCESS_DENIED
 */
export async function remoteSource(s3: S3Client, uri: string): Promise<ManifestSource> {
  checkUri(uri);
  if (uri.endsWith('/')) return { prefix: uri };
  const front = await readFront(s3, uri, frontBytes);
  return isReadableArchive(front, uri) ? { archive: uri } : { object: uri };
}

/**
 * The text of a manifest in S3.
 *
 * @throws CliError USAGE; FanlightError NOT_FOUND, ACCESS_DENIED, INVALID_MANIFEST
 */
export async function remoteManifest(s3: S3Client, uri: string): Promise<string> {
  checkUri(uri);
  const bytes = await readFront(s3, uri, limits.maxManifestBytes + 1);
  if (bytes.length <= limits.maxManifestBytes) return bytes.toString();
  throw new FanlightError('INVALID_MANIFEST', `${uri} has more than ${limits.maxManifestBytes} bytes`, { path: uri });
}
