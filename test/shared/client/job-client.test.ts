import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { JobClient } from '../../../shared/client/job-client.ts';
import type { JobProgress } from '../../../shared/client/job-progress.ts';
import { stateKey } from '../../../shared/core/state-key.ts';
import { embeddedEndpoint } from '../../builders/embedded-endpoint.ts';

const job = 'a1b2c3';

interface Stage {
  readonly s3: S3Client;
  readonly client: JobClient;
  /** Writes a document as the functions would. */
  readonly write: (key: string, document: unknown) => Promise<void>;
}

async function stage(): Promise<Stage> {
  const { s3 } = await embeddedEndpoint();
  for (const Bucket of ['uploads', 'results']) await s3.send(new CreateBucketCommand({ Bucket }));
  const client = new JobClient({ s3, uploadsBucket: 'uploads', resultsBucket: 'results' });
  const write = async (Key: string, document: unknown): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: 'results', Key, Body: JSON.stringify(document) }));
  };
  return { s3, client, write };
}

test('a manifest is found as a job by its bucket, key and ETag', async () => {
  const { s3, client, write } = await stage();
  const submitted = await client.submit('jobs/x.fanlight.json', { sources: [{ prefix: 's3://uploads/runs/1/' }] });
  const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: 'uploads', Key: 'jobs/x.fanlight.json' }));
  expect(JSON.parse((await Body?.transformToString()) ?? '')).toEqual({
    sources: [{ prefix: 's3://uploads/runs/1/' }],
  });
  expect(submitted).toEqual({ bucket: 'uploads', key: 'jobs/x.fanlight.json', etag: ETag?.replaceAll('"', '') });
  expect(await client.findJob(submitted)).toBeUndefined();
  const found = client.waitForJob(submitted);
  await write(stateKey.uploadPointer('uploads', submitted.key, submitted.etag), { v: 1, job });
  expect(await found).toBe(job);
});

test("progress sums folded and open parts; the signal's reason ends the waiting", async () => {
  const { client, write } = await stage();
  const upload = { bucket: 'uploads', key: 'k', etag: 'e', sequencer: '1' };
  await write(stateKey.seal(job), { v: 1, job, upload, parts: 3, shards: 3, images: 30, bytes: 300 });
  const counts = { succeeded: 8, failed: 1, skipped: 1 };
  await write(stateKey.jobStatus(job), { v: 1, job, state: 'running', foldedParts: [[1, 1]], counts });
  const open = { v: 1, job, part: 0, images: 10, outcomes: 'AAAA', counts: { succeeded: 2, failed: 1, skipped: 0 } };
  const sums = { receipts: [], bytesIn: 0, bytesOut: 0, computeMs: 0, failures: [] };
  await write(stateKey.partStatus(job, 0), { ...open, ...sums });

  const stop = new AbortController();
  const reason = new Error('enough');
  const seen: JobProgress[] = [];
  const waiting = client.waitForReport(job, {
    signal: stop.signal,
    onProgress(progress) {
      seen.push(progress);
      stop.abort(reason);
    },
  });
  await expect(waiting).rejects.toBe(reason);
  expect(seen).toEqual([{ state: 'running', images: 30, counts: { succeeded: 10, failed: 2, skipped: 1 } }]);
});

test('an object is opened unless the copy at hand is the same', async () => {
  const { s3, client } = await stage();
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: 'results', Key: 'renditions/a', Body: 'bytes' }));
  expect(await client.open('renditions/a', { knownEtag: ETag })).toBeUndefined();
  const opened = await client.open('renditions/a', { knownEtag: '"other"' });
  expect(opened?.sizeBytes).toBe(5);
  expect(await text(opened?.body ?? Readable.from([]))).toBe('bytes');
  await expect(client.open('renditions/none')).rejects.toThrow(S3ServiceException);
});
