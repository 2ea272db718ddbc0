import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { CopyObjectCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { ReceiptSchema } from '../../../shared/core/receipt.ts';
import { lineageField } from '../../../shared/core/rendition-tag.ts';
import { emptyFile, picture, textFile, truncated } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';
import { textLike } from '../../builders/text-like.ts';

let stage: ProcessorStage;
beforeAll(async () => {
  stage = await openProcessorStage();
});
afterAll(() => stage.dispose());

const acknowledged = { batchItemFailures: [] };
const returned = { batchItemFailures: [{ itemIdentifier: 'message-1' }] };

test('every image of a shard gets its renditions, and the receipt tells of them', async () => {
  const formats = ['jpeg', 'png', 'webp', 'avif'] as const;
  const pictures = await Promise.all(formats.map((format) => picture({ format })));
  const sources = await Promise.all(pictures.map((body, index) => stage.put(`all/picture 1.${formats[index]}`, body)));
  const shard = stage.shardOf(sources);

  expect(await stage.deliver(shard)).toEqual(acknowledged);

  const [receipt, ...others] = await stage.receipts(shard.job ?? '');
  expect(others).toEqual([]);
  expect(receipt?.outcomes.map(({ status, attempts }) => [status, attempts])).toEqual(
    formats.map(() => ['succeeded', 1]),
  );
  expect(receipt?.outcomes.map(({ input }) => [input?.format, input?.width, input?.height])).toEqual(
    formats.map((format) => [format, 160, 120]),
  );
  expect(receipt?.bytesIn).toBe(sources.reduce((sum, { size = 0 }) => sum + size, 0));
  const version = textLike(/^\d+\.\d+/);
  expect(receipt?.engine).toEqual({ fanlight: version, node: process.versions.node, sharp: version, libvips: version });
  const keys = receipt?.outcomes.flatMap(({ renditions }) => renditions.map(({ key }) => key));
  expect(Object.keys(await stage.renditions(shard.output.prefix)).toSorted()).toEqual(keys?.toSorted());
  const ordinals = sources.map(({ ordinal }) => ordinal);
  expect(await stage.notices(shard.job ?? '')).toMatchObject([
    { job: shard.job, first: Math.min(...ordinals), last: Math.max(...ordinals), failures: [] },
  ]);
  expect(await stage.copies(shard.job ?? '')).toEqual([]);
});

test('failures cost their neighbours nothing, and are recorded without a retry', async () => {
  const good = await picture();
  const missing = await stage.put('mixed/missing.jpg', good);
  await stage.s3.send(new DeleteObjectCommand({ Bucket: missing.bucket, Key: missing.key }));
  const changed = await stage.put('mixed/changed.jpg', good);
  await stage.put('mixed/changed.jpg', await picture({ seed: 2 }));
  const sources = [
    await stage.put('mixed/a.jpg', good),
    await stage.put('mixed/truncated.jpg', truncated(good)),
    await stage.put('mixed/text.jpg', textFile),
    await stage.put('mixed/empty.jpg', emptyFile),
    missing,
    changed,
    { ...(await stage.put('mixed/huge.jpg', good)), size: limits.maxImageBytes + 1 },
    await stage.put('mixed/b.jpg', good),
  ];
  const shard = stage.shardOf(sources);

  expect(await stage.deliver(shard)).toEqual(acknowledged);

  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(Object.fromEntries(outcomes.map(({ source, status, error }) => [source, error?.code ?? status]))).toEqual({
    'mixed/a.jpg': 'succeeded',
    'mixed/truncated.jpg': 'CORRUPT_IMAGE',
    'mixed/text.jpg': 'UNSUPPORTED_FORMAT',
    'mixed/empty.jpg': 'EMPTY_SOURCE',
    'mixed/missing.jpg': 'NOT_FOUND',
    'mixed/changed.jpg': 'SOURCE_CHANGED',
    'mixed/huge.jpg': 'TOO_LARGE',
    'mixed/b.jpg': 'succeeded',
  });
  expect(outcomes.every(({ attempts }) => attempts === 1)).toBe(true);
  expect(Object.keys(await stage.renditions(shard.output.prefix))).toHaveLength(2);
  expect((await stage.notices(shard.job ?? ''))[0]?.failures).toHaveLength(limits.maxFailuresInNotice);
  expect(await stage.copies(shard.job ?? '')).toEqual([]);
  expect(await stage.leftovers()).toEqual([]);
});

test('a stray that does not claim to be an image is skipped, and so is an output that was fed back in', async () => {
  const stray = await stage.put('strays/README', textFile);
  const output = await stage.put('strays/output.webp', await picture({ format: 'webp' }), { [lineageField]: '1' });
  const shard = stage.shardOf([{ ...stray, claimed: false }, output]);
  expect(await stage.deliver(shard)).toEqual(acknowledged);
  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(outcomes.map(({ status, reason }) => [status, reason])).toEqual([
    ['skipped', 'not-an-image'],
    ['skipped', 'own-output'],
  ]);
  expect(await stage.renditions(shard.output.prefix)).toEqual({});
});

test('invariant 4: a rendition that is put into the uploads bucket is not rendered', async () => {
  const first = stage.shardOf([await stage.put('feedback/a.jpg', await picture())]);
  await stage.deliver(first);
  const [key = ''] = Object.keys(await stage.renditions(first.output.prefix));
  const CopySource = `results/${encodeURIComponent(key)}`;
  const copy = new CopyObjectCommand({ Bucket: 'uploads', Key: 'feedback/b.webp', CopySource });
  const { CopyObjectResult } = await stage.s3.send(copy);
  const [source] = first.sources;
  const again = { key: 'feedback/b.webp', name: 'feedback/b.webp', size: undefined };
  const sources = source === undefined ? [] : [{ ...source, ...again, version: { etag: CopyObjectResult?.ETag } }];
  const second = stage.shardOf(sources);
  expect(await stage.deliver(second)).toEqual(acknowledged);
  expect(await stage.outcomes(second.job ?? '')).toMatchObject([{ status: 'skipped', reason: 'own-output' }]);
  expect(await stage.renditions(second.output.prefix)).toEqual({});
});

test('what a manifest names without a listing is pinned by asking S3', async () => {
  const named = { ...(await stage.put('named/a.jpg', await picture())), version: {}, size: undefined };
  const missing = { ...named, ordinal: named.ordinal + 1, key: 'named/none.jpg', name: 'named/none.jpg' };
  const changed = { ...named, ordinal: named.ordinal + 2, version: { etag: '"0123"' } };
  const shard = stage.shardOf([named, missing, changed]);
  expect(await stage.deliver(shard)).toEqual(acknowledged);
  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(outcomes.map(({ status, error }) => error?.code ?? status)).toEqual([
    'succeeded',
    'NOT_FOUND',
    'SOURCE_CHANGED',
  ]);
});

test('outcomes of single uploads are kept by route and day, and nobody is notified', async () => {
  const { job = '', ...shard } = stage.shardOf([await stage.put('single/a.jpg', await picture())]);
  expect(await stage.deliver({ ...shard, route: 'single/' })).toEqual(acknowledged);
  const found = [];
  for await (const { key } of stage.processor.results.list('_fanlight/daily/single%2F/')) found.push(key);
  expect(found).toHaveLength(1);
  const receipt = ReceiptSchema.parse(JSON.parse((await stage.processor.results.read(found[0] ?? ''))?.text ?? ''));
  expect(receipt.outcomes).toMatchObject([{ status: 'succeeded', source: 'single/a.jpg' }]);
  expect(await stage.notices(job)).toEqual([]);
});

test('a body that is no shard is returned, so that it reaches the rescuer', async () => {
  expect(await stage.deliverBody('{"v":2}')).toEqual(returned);
  expect(await stage.deliverBody('no JSON')).toEqual(returned);
});

test('a message that has gone on for too long is recorded as failed, each image of it', async () => {
  const sources = [await stage.put('hops/a.jpg', await picture()), await stage.put('hops/b.jpg', await picture())];
  const shard = stage.shardOf(sources, { hop: limits.maxHops + 1 });
  expect(await stage.deliver(shard)).toEqual(acknowledged);
  expect((await stage.outcomes(shard.job ?? '')).map(({ error }) => error)).toEqual([
    { code: 'INTERNAL', message: textLike(/given up after 100/) },
    { code: 'INTERNAL', message: textLike(/given up after 100/) },
  ]);
  expect(await stage.notices(shard.job ?? '')).toHaveLength(1);
  expect(await stage.copies(shard.job ?? '')).toEqual([]);
});

test('log and metrics count images without naming objects or, as a dimension, jobs', async () => {
  const shard = stage.shardOf([
    await stage.put('secret/name.jpg', await picture()),
    await stage.put('secret/t.jpg', textFile),
  ]);
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  const lines: string[] = [];
  const write = (chunk: string | Uint8Array) => lines.push(chunk.toString()) > 0;
  const spies = [vi.spyOn(process.stdout, 'write').mockImplementation(write)];
  try {
    const processor = { logger: new Logger({ logLevel: 'INFO' }), metrics: new Metrics({ namespace: 'Fanlight' }) };
    await stage.deliver(shard, { processor });
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
  const documents = lines
    .join('')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(documents).toMatchObject([
    { level: 'INFO', job: shard.job, shard: shard.shard, succeeded: 1, failed: 1, skipped: 0, copies: 0 },
    { ImagesSucceeded: 1, ImagesFailed: 1, ImagesSkipped: 0, Copies: 0 },
  ]);
  expect(lines.join('')).not.toContain('secret');
  expect(JSON.stringify(documents[1])).not.toContain(shard.job);
});
