import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { ArchiveObject, Member } from '../../shared/sources/member.ts';
import { readZip } from '../../shared/sources/zip/read-zip.ts';
import { embeddedEndpoint } from './embedded-endpoint.ts';

export interface ZipArchives {
  /** Puts an archive and pins it. */
  readonly put: (bytes: Buffer) => Promise<ArchiveObject>;
  /** Reads a zip of these bytes from its start. */
  readonly members: (bytes: Buffer) => Promise<Member[]>;
}

/** Archives in a bucket of the embedded S3; all ends with the test. */
export async function zipArchives(): Promise<ZipArchives> {
  const { s3 } = await embeddedEndpoint();
  const bucket = 'drops';
  const key = 'shoot.zip';
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const put = async (bytes: Buffer): Promise<ArchiveObject> => {
    const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
    return { s3, bucket, key, pin: { IfMatch: ETag }, sizeBytes: bytes.length };
  };
  return { put, members: async (bytes) => Array.fromAsync(readZip(await put(bytes), undefined)) };
}
