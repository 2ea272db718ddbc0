import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { FanlightError } from '../../shared/core/errors.ts';
import type { ArchiveObject, Member } from '../../shared/sources/member.ts';
import { embeddedEndpoint } from './embedded-endpoint.ts';

/** Keeps archives in an embedded S3, in the bucket `drops`. */
export interface ArchiveShelf {
  readonly s3: S3Client;
  readonly put: (body: Uint8Array) => Promise<ArchiveObject>;
}

export async function archiveShelf(): Promise<ArchiveShelf> {
  const { s3 } = await embeddedEndpoint();
  await s3.send(new CreateBucketCommand({ Bucket: 'drops' }));
  let count = 0;
  return {
    s3,
    async put(body) {
      count += 1;
      const key = `archive-${count}`;
      const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: 'drops', Key: key, Body: body }));
      return { s3, bucket: 'drops', key, pin: { IfMatch: ETag }, sizeBytes: body.length };
    },
  };
}

/** What a reader gave until it ended or failed. */
export interface Reading {
  readonly members: readonly Member[];
  readonly error?: FanlightError;
}

export async function readAll(reader: AsyncIterable<Member>): Promise<Reading> {
  const members: Member[] = [];
  try {
    for await (const member of reader) members.push(member);
  } catch (error) {
    if (!(error instanceof FanlightError)) throw error;
    return { members, error };
  }
  return { members };
}

/** Members in short: the name of one that can be read, or `name: CODE`; at the end what was thrown. */
export function summaryOf({ members, error }: Reading): string[] {
  const lines = members.map(({ name, verdict }) =>
    verdict?.status === 'failed' ? `${name}: ${verdict.error.code}` : name,
  );
  return error === undefined ? lines : [...lines, `throws ${error.code}`];
}
