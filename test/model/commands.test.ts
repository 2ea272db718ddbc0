import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runCalmly } from '../simulation/calm.ts';
import { lowerLimits, type JobSpec } from '../simulation/jobs.ts';
import { commands, nothingKnown } from './commands.ts';
import { violations } from './invariants.ts';
import { calmRun, openJob } from './watched-job.ts';

/** So many runs of random seeds, or some of always the same: `npm test` is not to fail for what it was not changed by. */
const runs = process.env['FANLIGHT_MODEL_RUNS'];
const parameters = runs === undefined ? { numRuns: 100, seed: 1 } : { numRuns: Number(runs) };

const handful: JobSpec = {
  name: 'handful',
  recipe: 'two',
  images: [
    { name: '1.jpg', content: 'picture' },
    { name: '2.jpg', content: 'broken' },
    { name: '3.jpg', content: 'killer' },
    { name: '4.txt', content: 'text' },
    { name: '5.jpg', content: 'picture' },
  ],
};

const timeout = 600_000;

test(
  'whatever happens in whatever order, what is known only grows, and the end is a calm one',
  { timeout },
  async () => {
    using _ = lowerLimits({ maxShardsPerPart: 2, maxImagesPerPart: 4, maxImagesPerShard: 2 });
    const { evidence: calm } = await calmRun(handful);
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 80, size: 'max' }), async (sequence) => {
        const job = openJob(handful);
        const model = nothingKnown();
        await fc.asyncModelRun(() => ({ model, real: job }), sequence);
        await runCalmly(job.world, job.isOver);
        const run = { evidence: job.evidence(), calm, faults: model.faults, mayHaveLost: model.losses > 0 };
        expect(violations(run)).toEqual([]);
      }),
      parameters,
    );
  },
);
