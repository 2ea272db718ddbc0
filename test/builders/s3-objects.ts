import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { PutObjectCommandInput, PutObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';

/** Objects of one bucket, put and read with the SDK. */
export function objectsOf(s3: S3Client, Bucket: string) {
  return {
    put: async (
      Key: string,
      Body: string | Uint8Array = Key,
      options: Partial<PutObjectCommandInput> = {},
    ): Promise<PutObjectCommandOutput> => s3.send(new PutObjectCommand({ Bucket, Key, Body, ...options })),
    text: async (Key: string): Promise<string> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? '';
    },
  };
}
