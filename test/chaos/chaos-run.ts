import type { Evidence } from '../model/evidence.ts';
import { violations } from '../model/invariants.ts';
import { calmRun, openJob } from '../model/watched-job.ts';
import { lowerLimits, type JobSpec } from '../simulation/jobs.ts';
import { smallParts, specOf } from './job-specs.ts';
import { Storm } from './storm.ts';

const maxSteps = 100_000;
/** The worst storm of 20,000 took five hours: a job that needs more is not brought to its end by anybody. */
const maxSimulatedMs = 12 * 3_600_000;

export interface ChaosResult {
  readonly seed: number;
  readonly spec: JobSpec;
  readonly steps: number;
  readonly faults: number;
  readonly simulatedMs: number;
  readonly violations: readonly string[];
  /** What the functions logged, for a person. */
  readonly log: readonly string[];
}

const calmRuns = new Map<string, Promise<Evidence>>();

function calmRunOf(spec: JobSpec): Promise<Evidence> {
  const known = calmRuns.get(spec.name) ?? calmRun(spec).then(({ evidence }) => evidence);
  calmRuns.set(spec.name, known);
  return known;
}

/** Runs the job of a seed through the storm of a seed, and judges what came of it. The same seed, the same run. */
export async function chaosRun(seed: number): Promise<ChaosResult> {
  using _ = lowerLimits(smallParts);
  const spec = specOf(seed);
  const calm = await calmRunOf(spec);
  const { world, isOver, evidence } = openJob(spec);
  const startedMs = world.nowMs;
  const storm = new Storm(world, seed);
  let steps = 0;
  while (!isOver() && steps < maxSteps && world.nowMs - startedMs < maxSimulatedMs) {
    steps += 1;
    if (!(await storm.step()) && !isOver()) await world.pass(world.nextEventMs());
  }
  return {
    seed,
    spec,
    steps,
    faults: storm.faults,
    simulatedMs: world.nowMs - startedMs,
    violations: violations({ evidence: evidence(), calm, faults: storm.faults, mayHaveLost: storm.mayHaveLost }),
    log: world.log.map(
      ({ functionName, level, message, invocation }) => `${functionName} ${invocation} ${level} ${message}`,
    ),
  };
}
