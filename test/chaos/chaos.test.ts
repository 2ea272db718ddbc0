import { expect, test } from 'vitest';
import { chaosRun } from './chaos-run.ts';

const schedules = Number(process.env['FANLIGHT_CHAOS_SCHEDULES'] ?? 200);
const firstSeed = Number(process.env['FANLIGHT_CHAOS_SEED'] ?? 1);

test(`${schedules} seeded schedules come to what a calm run comes to`, { timeout: 3_600_000 }, async () => {
  const broken: string[] = [];
  const started = performance.now();
  let steps = 0;
  let faults = 0;
  for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
    const result = await chaosRun(seed);
    steps += result.steps;
    faults += result.faults;
    if (result.violations.length > 0)
      broken.push(
        `seed ${seed} ${result.spec.name} ${result.steps} steps ${result.faults} faults ${result.simulatedMs / 60000} min\n ${result.violations.slice(0, 4).join('\n ')}`,
      );
    if (schedules === 1) console.log(result.log.join('\n'));
  }
  console.log(`${schedules} schedules, ${steps} steps, ${faults} faults, ${(performance.now() - started) / 1000} s`);
  console.log(`${broken.length} broken`);
  console.log(broken.slice(0, 15).join('\n'));
  expect(broken.length).toBe(0);
});
