import { describe, expect, test } from 'vitest';
import type { JobSpec } from '../simulation/jobs.ts';
import { atCall, atCalls, duplicating, faultsAtCalls, losing } from './single-faults.ts';
import { calmRun, troubledRun } from './watched-job.ts';

/** Every pair of deaths instead of every so many: minutes instead of seconds. */
const pairStep = process.env['FANLIGHT_EXHAUSTIVE'] === undefined ? 41 : 1;
const timeout = 3_600_000;

const couple: JobSpec = {
  name: 'couple',
  recipe: 'two',
  images: [
    { name: '1.jpg', content: 'picture' },
    { name: '2.jpg', content: 'broken' },
  ],
};
const { evidence: calm, happened } = await calmRun(couple);

/** The second member of a name has its outcome from the splitter, the others theirs from a processor. */
const archived: readonly JobSpec[] = (['zip', 'tar'] as const).map((by) => ({
  name: by,
  by,
  recipe: 'two',
  images: [
    { name: '1.jpg', content: 'picture' },
    { name: '1.jpg', content: 'picture' },
    { name: '2.jpg', content: by === 'zip' ? 'damaged' : 'broken' },
    { name: '3.jpg', content: 'picture' },
  ],
}));
const faultsOfOne = faultsAtCalls.filter(({ name }) => name.startsWith('crash ') || name.startsWith('an error '));

describe(`a job of two images, ${happened.calls} calls and ${happened.deliveries} deliveries, comes to the same`, () => {
  test.each(faultsAtCalls)('$name, at every call', { timeout }, async (fault) => {
    for (let index = 0; index < happened.calls; index++)
      expect(await troubledRun(couple, calm, atCall(index, fault)), `at call ${index}`).toEqual([]);
  });

  test('every delivery lost', { timeout }, async () => {
    for (let index = 0; index < happened.deliveries; index++)
      expect(await troubledRun(couple, calm, losing(index)), `delivery ${index}`).toEqual([]);
  });

  test.each([0, 7_200_000])('every message twice, the second time after %i ms', { timeout }, async (afterMs) => {
    for (let index = 0; index < happened.deliveries; index++)
      expect(await troubledRun(couple, calm, duplicating(index, afterMs)), `delivery ${index}`).toEqual([]);
  });

  test('two deaths at any two calls, each before or after its effect', { timeout }, async () => {
    const deaths = faultsAtCalls.filter(({ name }) => name.startsWith('crash '));
    const pairs = deaths.flatMap((first) => deaths.map((second) => [first, second] as const));
    let [count, runs] = [0, 0];
    for (let first = 0; first < happened.calls; first++)
      for (let second = first + 1; second < happened.calls; second++)
        for (const [a, b] of pairs) {
          if (count++ % pairStep !== 0) continue;
          runs += 1;
          const trouble = atCalls([
            [first, a],
            [second, b],
          ]);
          const where = `${a.name} ${first}, ${b.name} ${second}`;
          expect(await troubledRun(couple, calm, trouble), where).toEqual([]);
        }
    process.stdout.write(`two deaths: ${runs} of ${count} schedules\n`);
  });
});

describe.each(archived)('a $name of four members comes to the same', (spec) => {
  test.each(faultsOfOne)('$name, at every call', { timeout }, async (fault) => {
    const { evidence, happened: steps } = await calmRun(spec);
    expect(evidence.report?.images).toMatchObject({ succeeded: 2, failed: 2 });
    for (let index = 0; index < steps.calls; index++)
      expect(await troubledRun(spec, evidence, atCall(index, fault)), `at call ${index}`).toEqual([]);
  });
});
