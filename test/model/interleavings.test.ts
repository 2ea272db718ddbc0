import { expect, test } from 'vitest';
import type { FunctionName } from '../simulation/invocation.ts';
import type { JobSpec } from '../simulation/jobs.ts';
import { race } from './race.ts';

/** All bounds one higher: minutes instead of seconds. */
const more = process.env['FANLIGHT_EXHAUSTIVE'] === undefined ? 0 : 1;
const timeout = 3_600_000;

interface Race {
  readonly functionName: FunctionName;
  readonly images: number;
  readonly crashes: number;
  readonly preemptions?: number;
  /** Schedules that there are, so that a race that never happens is noticed. */
  readonly atLeast: number;
}

function specOf({ functionName, images }: Race): JobSpec {
  // Only what kills its process comes to the rescuer.
  const content = functionName === 'rescuer' ? 'killer' : 'picture';
  return { name: 'tiny', images: Array.from({ length: images }, (_, index) => ({ name: `${index}.jpg`, content })) };
}

test.each<Race>([
  { functionName: 'processor', images: 1, crashes: 0, atLeast: 2 },
  { functionName: 'processor', images: 1, crashes: 1, atLeast: 40 },
  { functionName: 'processor', images: 2, crashes: 0, atLeast: 4 },
  { functionName: 'collector', images: 1, crashes: 0, preemptions: 2 + more, atLeast: 1_000 },
  { functionName: 'collector', images: 1, crashes: 1, preemptions: more, atLeast: 100 },
  { functionName: 'splitter', images: 1, crashes: 0, preemptions: 1 + more, atLeast: 30 },
  { functionName: 'splitter', images: 1, crashes: 1, preemptions: more, atLeast: 90 },
  { functionName: 'rescuer', images: 2, crashes: 1, atLeast: 15 },
])(
  'two of the $functionName at once with the same messages of $images images, of which $crashes may die',
  { timeout },
  async (tried) => {
    const { functionName, images, atLeast, ...bounds } = tried;
    const { schedules, redundant, broken } = await race(functionName, specOf(tried), bounds);
    const about = `two ${functionName}s, ${images} images, ${JSON.stringify(bounds)}`;
    process.stdout.write(`${about}: ${schedules} schedules, ${redundant} redundant\n`);
    expect(broken).toEqual([]);
    expect(schedules).toBeGreaterThanOrEqual(atLeast);
  },
);
