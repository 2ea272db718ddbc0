import { describe, expect, test } from 'vitest';
import { runCalmly, type Interference } from '../simulation/calm.ts';
import { lowerLimits, type ImageSpec, type JobSpec } from '../simulation/jobs.ts';
import type { Evidence } from './evidence.ts';
import { violations } from './invariants.ts';
import { faultsAtCalls } from './single-faults.ts';
import { calmRun, openJob, type WatchedJob } from './watched-job.ts';

/** Parts of four. Every fourth name was there before or will come again, in its own part or far away. */
const small = { maxShardsPerPart: 2, maxImagesPerPart: 4, maxImagesPerShard: 2 };
const names = Array.from({ length: 22 }, (_, index) => `${index % 4 === 3 ? Math.floor(index / 3) : index}.jpg`);
const images = names.map((name): ImageSpec => ({ name, content: 'picture' }));
const codesOfNames = names.map((name, index) => (names.indexOf(name) < index ? 'KEY_COLLISION' : undefined));

/** A call takes 5 ms: from one part an invocation to most of them. With less, there is no time for what comes before a part. */
const timeoutsMs = [80, 85, 90, 95, 100, 120, 150, 200];
/** So much that a redelivery, which finds more, plans a part whole as well. */
const timeoutForTwiceMs = 130;
const timeout = 60_000;

const planOf = ({ parts }: Evidence) => parts.map(({ plan }) => plan);

function continuations({ world }: Evidence): number {
  return world.log.filter(({ message }) => message.startsWith('planning goes on')).length;
}

async function run(spec: JobSpec, interfere: (job: WatchedJob) => Interference = () => ({})): Promise<Evidence> {
  const job = openJob(spec);
  await runCalmly(job.world, job.isOver, interfere(job));
  return job.evidence();
}

/** Dies at the n-th call of any splitter. */
function dying(fault: (typeof faultsAtCalls)[number], index: number): (job: WatchedJob) => Interference {
  let calls = 0;
  return ({ world }) => ({
    beforeCall: (_, call) =>
      call.invocation.functionName === 'splitter' && calls++ === index ? fault.strike(world, call) : false,
  });
}

describe.each(['zip', 'tar'] as const)(
  '11: the plan of a %s with names that come again, in short invocations',
  (by) => {
    const spec: JobSpec = { name: 'short', by, images };

    test('is the calm one, byte for byte', { timeout }, async () => {
      using _ = lowerLimits(small);
      const { evidence: calm } = await calmRun(spec);
      expect(calm.parts.flatMap(({ results }) => results.map(({ error }) => error?.code))).toEqual(codesOfNames);
      for (const splitterTimeoutMs of timeoutsMs) {
        const evidence = await run({ ...spec, splitterTimeoutMs });
        expect(continuations(evidence), `${splitterTimeoutMs} ms`).toBeGreaterThan(0);
        expect(planOf(evidence), `${splitterTimeoutMs} ms`).toEqual(planOf(calm));
      }
    });

    test('is the calm one when the names that were left get lost', { timeout }, async () => {
      using _ = lowerLimits(small);
      const { evidence: calm } = await calmRun(spec);
      let lost = 0;
      const evidence = await run({ ...spec, splitterTimeoutMs: timeoutForTwiceMs }, ({ world }) => ({
        beforeDelivery: () => {
          const left = world
            .results()
            .keys('_fanlight/jobs/')
            .filter((key) => key.includes('/names/'));
          for (const key of left) world.results().delete(key);
          lost += left.length;
          return false;
        },
      }));
      expect(lost).toBeGreaterThan(1);
      expect(planOf(evidence)).toEqual(planOf(calm));
    });

    const deaths = faultsAtCalls.filter(({ name }) => name.startsWith('crash '));
    test.each(deaths)('is the calm one with a $name, at any call of the splitter', { timeout }, async (fault) => {
      using _ = lowerLimits(small);
      const { evidence: calm } = await calmRun(spec);
      const short = { ...spec, splitterTimeoutMs: timeoutForTwiceMs };
      let calls = 0;
      const count = (): Interference => ({
        beforeCall: (__, { invocation }) => {
          calls += invocation.functionName === 'splitter' ? 1 : 0;
          return false;
        },
      });
      await run(short, count);
      expect(calls).toBeGreaterThan(40);
      for (let index = 0; index < calls; index++) {
        const evidence = await run(short, dying(fault, index));
        expect(planOf(evidence), `at call ${index}`).toEqual(planOf(calm));
        expect(violations({ evidence, calm, faults: 1, mayHaveLost: false }), `at call ${index}`).toEqual([]);
      }
    });
  },
);
