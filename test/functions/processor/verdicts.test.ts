import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Source, Verdict } from '../../../shared/core/source.ts';
import { unavailable } from '../../builders/faults.ts';
import { picture } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';

let stage: ProcessorStage;
beforeAll(async () => {
  stage = await openProcessorStage();
});
afterAll(() => stage.dispose());

const unsafe: Verdict = { status: 'failed', error: { code: 'ENTRY_UNSAFE', message: 'the name is not safe' } };
const encrypted: Verdict = { status: 'failed', error: { code: 'UNSUPPORTED_FORMAT', message: 'it is encrypted' } };
const filtered: Verdict = { status: 'skipped', reason: 'filtered' };

/** Of a member that nobody can read: there is not even such an archive. */
const judged = (ordinal: number, verdict: Verdict, claimed = true): Source => ({
  ordinal,
  name: `none.zip#${ordinal}`,
  bucket: 'uploads',
  key: 'none.zip',
  version: { etag: 'e' },
  claimed,
  attempts: 0,
  verdict,
});

test('what was settled when it was planned is recorded without a request', async () => {
  const shard = stage.shardOf([judged(0, unsafe), judged(1, filtered), judged(2, encrypted, false)]);
  const requests = await stage.requestsOf(() => stage.deliver(shard));
  // Whether the job is cancelled; the receipt; its notice.
  expect(requests).toEqual({ GetObject: 1, PutObject: 1, SendMessageBatch: 1 });
  const outcome = { renditions: [], attempts: 1, durationMs: 0 };
  expect(await stage.outcomes(shard.job ?? '')).toEqual([
    { ordinal: 0, source: 'none.zip#0', ...unsafe, ...outcome },
    { ordinal: 1, source: 'none.zip#1', ...filtered, ...outcome },
    { ordinal: 2, source: 'none.zip#2', ...encrypted, ...outcome },
  ]);
  expect(stage.processor.pool.workers()).toEqual([]);
});

test('what was settled is recorded while S3 is away from the others, and when there is no time for them', async () => {
  const image = { ...(await stage.put('verdicts/a.jpg', await picture())), ordinal: 1 };
  for (const way of ['outage', 'time'] as const) {
    const shard = stage.shardOf([judged(0, unsafe), image, judged(2, filtered)], { job: `verdicts-${way}` });
    await (way === 'outage'
      ? stage.during(unavailable('GET', '/uploads/'), () => stage.deliver(shard))
      : stage.deliver(shard, { remainingMs: () => 0 }));
    expect((await stage.outcomes(shard.job ?? '')).map(({ ordinal }) => ordinal)).toEqual([0, 2]);
    const [copy] = await stage.copies(shard.job);
    expect(copy?.shard.sources.map(({ ordinal }) => ordinal)).toEqual([1]);
  }
});
