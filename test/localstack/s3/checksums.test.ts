import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fullObjectChecksum, startChecksum } from '../../../localstack/embedded/s3/checksums.ts';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';
import { objectsOf } from '../../builders/s3-objects.ts';

async function bucket() {
  const stack = await embeddedEndpoint();
  await stack.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  return { ...stack, ...objectsOf(stack.s3, 'photos') };
}

const wrong: [string, Partial<PutObjectCommandInput>][] = [
  ['Content-MD5', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }],
  ['CRC32', { ChecksumCRC32: 'AAAAAA==' }],
  ['CRC32C', { ChecksumCRC32C: 'AAAAAA==' }],
  ['CRC64NVME', { ChecksumCRC64NVME: 'AAAAAAAAAAA=' }],
  ['SHA1', { ChecksumSHA1: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }],
  ['SHA256', { ChecksumSHA256: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }],
];

test.each(wrong)('a wrong %s is refused and leaves nothing behind', async (_name, checksum) => {
  const { s3, put, dataDir } = await bucket();
  await expect(put('a', 'hello', checksum)).rejects.toMatchObject({ name: 'BadDigest' });
  await expect(s3.send(new HeadObjectCommand({ Bucket: 'photos', Key: 'a' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  await expect.poll(async () => readdir(join(dataDir, 'bodies'))).toEqual([]);
});

// Check values of "123456789": https://reveng.sourceforge.io/crc-catalogue/all.htm
test.each([
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
] as const)('%s has the check value of its catalogue', (algorithm, expected) => {
  const checksum = startChecksum(algorithm);
  checksum.update(Buffer.from('123456789'));
  expect(Buffer.from(checksum.digest()).toString('hex')).toBe(expected);
});

test('a checksum does not depend on how the bytes are cut, and combines from its parts', () => {
  const algorithm = fc.constantFrom('CRC32' as const, 'CRC32C' as const, 'CRC64NVME' as const);
  const bytes = fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(algorithm, bytes, (name, chunks) => {
      const whole = startChecksum(name);
      whole.update(Buffer.concat(chunks));
      const pieces = startChecksum(name);
      for (const chunk of chunks) pieces.update(chunk);
      const expected = Buffer.from(whole.digest()).toString('base64');
      expect(Buffer.from(pieces.digest()).toString('base64')).toBe(expected);
      const parts = chunks.map((chunk) => {
        const part = startChecksum(name);
        part.update(chunk);
        return { size: chunk.length, value: Buffer.from(part.digest()).toString('base64') };
      });
      expect(fullObjectChecksum(name, parts)).toBe(expected);
    }),
  );
});

test('a reader who asks for the checksum gets the one that was sent', async () => {
  const { s3, put } = await bucket();
  const { ChecksumSHA256 } = await put('a', 'hello', { ChecksumAlgorithm: 'SHA256' });
  const got = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a', ChecksumMode: 'ENABLED' }));
  expect(got.ChecksumSHA256).toBe(ChecksumSHA256);
  expect(ChecksumSHA256).toBe('LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=');
});

test('a streamed body arrives with its trailing checksum', async () => {
  const { s3, text } = await bucket();
  const Body = Readable.from([Buffer.from('one '), Buffer.from('two')]);
  const put = await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a', Body, ContentLength: 7 }));
  expect(await text('a')).toBe('one two');
  expect(put.ChecksumCRC32).toBeDefined();
});
