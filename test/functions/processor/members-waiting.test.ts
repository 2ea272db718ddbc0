import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pool } from '../../../functions/processor/pool/pool.ts';
import type { RequestHandler } from '../../../localstack/embedded/endpoint.ts';
import { StateStore } from '../../../shared/aws/state-store.ts';
import { putZip } from '../../builders/archive-sources.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';
import { until } from '../../builders/test-stack.ts';
import { buildZip } from '../../builders/zip-builder.ts';

let stage: ProcessorStage;
beforeAll(async () => {
  stage = await openProcessorStage();
});
afterAll(() => stage.dispose());

/** Workers that are busy until they are released, and then like nothing. */
function busyPool() {
  const released = Promise.withResolvers<void>();
  let taken = 0;
  const pool: Pool = {
    ...stage.processor.pool,
    async run() {
      taken += 1;
      await released.promise;
      return { status: 'failed', error: { code: 'CORRUPT_IMAGE', message: 'not liked' } };
    },
    workers: () => [],
    engine: () => undefined,
    idle: () => Promise.resolve(),
  };
  return { pool, taken: () => taken, release: released.resolve };
}

const megabyte = 1_048_576;

/** Puts an archive of so many megabytes, one a member, and watches the answers to GETs of it. */
async function largeArchive(key: string, count: number) {
  const data = randomBytes(megabyte);
  const members = Array.from({ length: count }, (_, index) => ({
    name: `${index}.jpg`,
    data,
    method: 'store' as const,
  }));
  const shard = stage.shardOf(await putZip(stage, key, buildZip(members)), { fresh: true });
  const answers: ServerResponse[] = [];
  const watch: RequestHandler = (_req, res, url) => {
    if (url.pathname.endsWith(key)) answers.push(res);
    return false;
  };
  return { shard, answers, watch };
}

test('while workers are busy the archive waits: nothing gathers in memory or on the disk', async () => {
  const { shard, answers, watch } = await largeArchive('large.zip', 64);
  const { pool, taken, release } = busyPool();
  const sentBytes = () => answers.reduce((sum, { socket }) => sum + (socket?.bytesWritten ?? 0), 0);
  const delivery = stage.during(watch, () => stage.deliver(shard, { processor: { pool, lanes: 3 } }));
  await until(taken, (count) => count === 3);
  let before = -1;
  // As much as the sockets' buffers take is sent ahead.
  await until(sentBytes, (bytes) => {
    const still = bytes === before;
    before = bytes;
    return still;
  });
  expect(before).toBeLessThan(32 * megabyte);
  release();
  await delivery;
  expect(taken()).toBe(64);
  expect(answers).toHaveLength(1);
  expect(await stage.leftovers()).toEqual([]);
});

test('a connection that is given up while workers are busy costs a GET, and no image', async () => {
  const { shard, answers, watch } = await largeArchive('silent.zip', 32);
  const { pool, taken, release } = busyPool();
  const s3 = stage.client({ requestHandler: { socketTimeout: 200 } });
  const processor = { pool, lanes: 3, s3, results: new StateStore(s3, 'results') };
  const delivery = stage.during(watch, () => stage.deliver(shard, { processor }));
  await until(
    () => answers.length > 0 && taken() === 3 && answers.every(({ destroyed }) => destroyed),
    (givenUp) => givenUp,
  );
  release();
  await delivery;
  s3.destroy();
  const outcomes = await stage.outcomes(shard.job ?? '');
  expect(outcomes.map(({ error, attempts }) => [error?.code, attempts])).toEqual(
    shard.sources.map(() => ['CORRUPT_IMAGE', 1]),
  );
  expect(answers.length).toBeGreaterThan(1);
});
