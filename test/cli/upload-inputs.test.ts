import { CreateBucketCommand, HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { uploadInputs, type UploadOptions } from '../../cli/upload-inputs.ts';
import { embeddedEndpoint } from '../builders/embedded-endpoint.ts';
import { temporaryFolder } from '../builders/folders.ts';

const largeBytes = 65 * 1024 ** 2;

/** A file with something at its beginning and its end, and a hole between. */
function largeFile(): { name: string; path: string; sizeBytes: number } {
  const path = join(temporaryFolder(), 'shoot.zip');
  writeFileSync(path, 'PK');
  truncateSync(path, largeBytes - 3);
  writeFileSync(path, 'end', { flag: 'a' });
  return { name: 'shoot.zip', path, sizeBytes: statSync(path).size };
}

async function bucket(): Promise<UploadOptions> {
  const { s3 } = await embeddedEndpoint();
  await s3.send(new CreateBucketCommand({ Bucket: 'uploads' }));
  const signal = new AbortController().signal;
  return { s3, bucket: 'uploads', prefix: 'runs/1/', signal, onUploaded: () => {} };
}

test('a large file goes up in parts, and is the same version each time', async () => {
  const file = largeFile();
  const options = await bucket();
  const etags: unknown[] = [];
  for (const prefix of ['runs/1/', 'runs/2/']) {
    await uploadInputs([file], { ...options, prefix });
    const head = await options.s3.send(new HeadObjectCommand({ Bucket: 'uploads', Key: `${prefix}shoot.zip` }));
    expect(head.ContentLength).toBe(largeBytes);
    etags.push(head.ETag);
  }
  expect(etags[0]).toMatch(/-5"$/);
  expect(etags[1]).toBe(etags[0]);
});

test('a file that is not what it was is told, an interrupted upload ends', async () => {
  const file = largeFile();
  const options = await bucket();
  truncateSync(file.path, largeBytes - 1);
  await expect(uploadInputs([file], options)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  truncateSync(file.path, largeBytes);
  const interrupted = new AbortController();
  const upload = uploadInputs([file], { ...options, signal: interrupted.signal });
  await vi.waitUntil(async () => {
    const { Uploads = [] } = await options.s3.send(new ListMultipartUploadsCommand({ Bucket: 'uploads' }));
    return Uploads.length > 0;
  });
  interrupted.abort(new Error('interrupted'));
  await expect(upload).rejects.toThrow('interrupted');
});
