import { describe, expect, test } from 'vitest';
import type { JobSpec } from '../simulation/jobs.ts';
import { atCall, duplicating, faultsAtCalls, losing } from './single-faults.ts';
import { calmRun, troubledRun } from './watched-job.ts';

const couple: JobSpec = {
  name: 'couple',
  recipe: 'two',
  images: [
    { name: '1.jpg', content: 'picture' },
    { name: '2.jpg', content: 'broken' },
  ],
};
const { evidence: calm, happened } = await calmRun(couple);

describe('a job of two images comes to the same whatever goes wrong once', () => {
  test.each(faultsAtCalls)('$name, at every call', async (fault) => {
    for (let index = 0; index < happened.calls; index++)
      expect(await troubledRun(couple, calm, atCall(index, fault)), `at call ${index}`).toEqual([]);
  });

  test('every delivery lost', async () => {
    for (let index = 0; index < happened.deliveries; index++)
      expect(await troubledRun(couple, calm, losing(index)), `delivery ${index}`).toEqual([]);
  });

  test.each([0, 7_200_000])('every message twice, the second time after %i ms', async (afterMs) => {
    for (let index = 0; index < happened.deliveries; index++)
      expect(await troubledRun(couple, calm, duplicating(index, afterMs)), `delivery ${index}`).toEqual([]);
  });
});
