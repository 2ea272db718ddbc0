import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelJob } from '../../../shared/aws/stored-cancellation.ts';
import type { Cancellation } from '../../../shared/core/cancellation.ts';
import { limits } from '../../../shared/core/limits.ts';
import { unavailable } from '../../builders/faults.ts';
import { picture } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';

let stage: ProcessorStage;
let good: Buffer;
beforeAll(async () => {
  stage = await openProcessorStage();
  good = await picture();
});
afterAll(() => stage.dispose());

const acknowledged = { batchItemFailures: [] };
const at = '2026-11-23T05:00:00.000Z';

test.each([
  { reason: 'requested', receiveCount: 1, hop: 0 },
  { reason: 'ended', receiveCount: 1, hop: 0 },
  { reason: 'ended', receiveCount: 3, hop: 0 },
  { reason: 'ended', receiveCount: 1, hop: limits.maxHops + 1 },
] as const)('a shard of a closed job is acknowledged unworked (%o)', async ({ reason, receiveCount, hop }) => {
  const name = `closed-${reason}-${receiveCount}-${hop}.jpg`;
  const shard = stage.shardOf([await stage.put(name, good)], { fresh: true, hop });
  const job = shard.job ?? '';
  const cancellation: Cancellation = { v: 1, job, reason, at, message: 'enough' };
  await cancelJob(stage.processor.results, cancellation);
  const requests = await stage.requestsOf(async () => {
    expect(await stage.deliver(shard, { receiveCount })).toEqual(acknowledged);
  });
  // cancel.json, and nothing else.
  expect(requests).toEqual({ GetObject: 1 });
  expect(await stage.processor.results.isEmpty(`_fanlight/jobs/${job}/parts/`)).toBe(true);
  expect(await stage.renditions(shard.output.prefix)).toEqual({});
  expect(await stage.notices(job)).toEqual([]);
});

test('while nobody can say whether the job is cancelled, the shard is postponed', async () => {
  const shard = stage.shardOf([await stage.put('unknown.jpg', good)]);
  const job = shard.job ?? '';
  const outage = unavailable('GET', `/results/_fanlight/jobs/${job}/cancel.json`);
  expect(await stage.during(outage, () => stage.deliver(shard))).toEqual(acknowledged);
  const copies = await stage.copies(job);
  expect(copies).toMatchObject([{ shard: { hop: 1, transient: 1, sources: shard.sources }, delayed: true }]);
});
