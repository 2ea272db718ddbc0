import { expect, test } from 'vitest';
import { chaosRun, type ChaosResult } from './chaos-run.ts';

/** One seed, with all that the functions logged, or so many seeds from 1 on. */
const onlySeed = process.env['FANLIGHT_CHAOS_SEED'];
const schedules = Number(process.env['FANLIGHT_CHAOS_SCHEDULES'] ?? 200);
const seeds = onlySeed === undefined ? Array.from({ length: schedules }, (_, index) => index + 1) : [Number(onlySeed)];

const maxShown = 5;

function explain({ seed, spec, steps, faults, violations, log }: ChaosResult): string {
  return [
    `job '${spec.name}', ${steps} steps, ${faults} faults; to see it again:`,
    `  FANLIGHT_CHAOS_SEED=${seed} npm test -- test/chaos/chaos.test.ts`,
    ...violations.slice(0, maxShown).map((violation) => `  ${violation}`),
    ...(onlySeed === undefined ? [] : log.map((line) => `    ${line}`)),
  ].join('\n');
}

test(`${seeds.length} seeded schedules come to what a calm run comes to`, { timeout: 3_600_000 }, async () => {
  const startedMs = performance.now();
  const broken: ChaosResult[] = [];
  let [steps, faults, longestMs] = [0, 0, 0];
  for (const seed of seeds) {
    const result = await chaosRun(seed);
    steps += result.steps;
    faults += result.faults;
    longestMs = Math.max(longestMs, result.simulatedMs);
    if (result.violations.length > 0) broken.push(result);
  }
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(
    `${seeds.length} schedules, ${steps} steps, ${faults} faults, ${seconds} s; the longest job took ${Math.round(longestMs / 60_000)} simulated minutes\n`,
  );
  expect(
    broken.length,
    `seeds ${broken.map(({ seed }) => seed).join()}\n${broken.slice(0, maxShown).map(explain).join('\n')}`,
  ).toBe(0);
});

test('a seed is reproducible', async () => {
  const seed = 47;
  const { steps, faults, simulatedMs, log } = await chaosRun(seed);
  expect(await chaosRun(seed)).toMatchObject({ steps, faults, simulatedMs, log });
});
