import { expect, test } from 'vitest';
import { parsePartHeader } from '../../shared/core/plan.ts';
import { runCalmly } from '../simulation/calm.ts';
import { uploadsBucket } from '../simulation/deployment.ts';
import type { PendingCall } from '../simulation/invocation.ts';
import { upload } from '../simulation/jobs.ts';
import { openWorld } from '../simulation/open-world.ts';
import { ListedBucket } from './listed-bucket.ts';

test('a prefix of 50,000 objects is planned by 50 LIST requests, and no object is looked at', async () => {
  const world = openWorld({ sweeps: false });
  world.buckets.set(uploadsBucket, new ListedBucket('runs/big/', 50_000, 200_000));
  upload(world, 'jobs/big.fanlight.json', JSON.stringify({ sources: [{ prefix: `s3://${uploadsBucket}/runs/big/` }] }));
  const asked: Pick<PendingCall, 'action' | 'resource'>[] = [];
  const sealed = () =>
    world
      .results()
      .keys('_fanlight/jobs/')
      .some((key) => key.endsWith('/seal.json'));
  await runCalmly(world, sealed, {
    beforeCall: (_, { action, resource, invocation }) => {
      if (invocation.functionName === 'splitter') asked.push({ action, resource });
      // What becomes of the shards is not the matter here.
      world.queues.shards.clear();
      return false;
    },
  });
  const ofSources = asked.filter(({ resource }) => resource.includes('runs/big/'));
  expect(Map.groupBy(ofSources, ({ action }) => action).get('ListObjectsV2')).toHaveLength(50);
  expect(ofSources).toHaveLength(50);
  const plans = world
    .results()
    .keys('_fanlight/jobs/')
    .filter((key) => key.endsWith('/plan.jsonl'));
  const headers = plans.map((key) => {
    const [line = ''] = world.results().get(key)?.body.toString().split('\n', 1) ?? [];
    return parsePartHeader(line);
  });
  expect(headers.map(({ images }) => images)).toEqual([10_000, 10_000, 10_000, 10_000, 10_000]);
  expect(headers.at(-1)?.next).toBeNull();
});
