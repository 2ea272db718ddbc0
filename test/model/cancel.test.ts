import { expect, test } from 'vitest';
import type { Cancellation } from '../../shared/core/cancellation.ts';
import type { CheckNotice } from '../../shared/core/notice.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { runCalmly } from '../simulation/calm.ts';
import { resultsBucket } from '../simulation/deployment.ts';
import { jobIdOf, lowerLimits, type JobSpec } from '../simulation/jobs.ts';
import { timeoutMs } from '../simulation/topology.ts';
import type { World } from '../simulation/world.ts';
import { violations } from './invariants.ts';
import { calmRun, openJob } from './watched-job.ts';

const timeout = 300_000;
/** Every so many calls. */
const step = process.env['FANLIGHT_EXHAUSTIVE'] === undefined ? 5 : 1;

const dozen: JobSpec = {
  name: 'dozen',
  images: Array.from({ length: 12 }, (_, index) => ({
    name: `${10 + index}.jpg`,
    content: index === 5 ? 'broken' : index === 8 ? 'killer' : 'picture',
  })),
};

/** As JobClient.cancel does; false when the job had ended. */
function cancel(world: World, job: string): boolean {
  const key = stateKey.cancel(job);
  if (world.results().get(key) !== undefined) return false;
  const at = new Date(world.nowMs).toISOString();
  const cancellation: Cancellation = { v: 1, job, reason: 'requested', at, message: 'cancelled by the test' };
  world.put(resultsBucket, key, Buffer.from(JSON.stringify(cancellation)));
  const check: CheckNotice = { v: 1, kind: 'check', job };
  world.send('receipts', JSON.stringify(check));
  return true;
}

test(
  'a job that is cancelled, at any call, ends within the time of one function, each image once',
  { timeout },
  async () => {
    using _ = lowerLimits({ maxShardsPerPart: 2, maxImagesPerPart: 4, maxImagesPerShard: 2 });
    const { evidence: calm, happened } = await calmRun(dozen);
    let stopped = 0;
    for (let index = 0; index < happened.calls; index += step) {
      const job = openJob(dozen);
      const { world, submitted } = job;
      let cancelledMs: number | undefined;
      let endedMs: number | undefined;
      world.observers.push({
        onWrite: ({ key }) => {
          if (key.endsWith('/report.json')) endedMs ??= world.nowMs;
        },
      });
      await runCalmly(world, job.isOver, {
        beforeCall: (called) => {
          const id = jobIdOf(world, submitted);
          if (called >= index && cancelledMs === undefined && id !== undefined)
            cancelledMs = cancel(world, id) ? world.nowMs : Infinity;
          return false;
        },
      });
      const evidence = job.evidence();
      const run = { evidence, calm, faults: 0, mayHaveLost: false, cancelled: true };
      expect(violations(run), `at call ${index}`).toEqual([]);
      if (cancelledMs === Infinity) continue;
      stopped += evidence.report?.state === 'cancelled' ? 1 : 0;
      const tookMs = (endedMs ?? Infinity) - (cancelledMs ?? 0);
      expect(tookMs, `at call ${index}`).toBeLessThan(timeoutMs.collector);
    }
    expect(stopped).toBeGreaterThan(happened.calls / step / 2);
  },
);
