import { runCalmly, type Happened, type Interference } from '../simulation/calm.ts';
import { hasEnded, isDrained, submit, type JobSpec, type SubmittedJob } from '../simulation/jobs.ts';
import { openWorld } from '../simulation/open-world.ts';
import type { World } from '../simulation/world.ts';
import { gatherEvidence, type Evidence } from './evidence.ts';
import { violations } from './invariants.ts';
import { Witness } from './witness.ts';

/** A world with one job in it, watched from the beginning. */
export interface WatchedJob {
  readonly world: World;
  readonly submitted: SubmittedJob;
  readonly witness: Witness;
  /** The job has its report, and nothing is left to do. */
  readonly isOver: () => boolean;
  readonly evidence: () => Evidence;
}

export function openJob(spec: JobSpec): WatchedJob {
  const world = openWorld();
  const witness = new Witness(world);
  const submitted = submit(world, spec);
  return {
    world,
    submitted,
    witness,
    isOver: () => hasEnded(world, submitted) && isDrained(world) && world.running.length === 0,
    evidence: () => gatherEvidence(world, witness, submitted),
  };
}

/**
 * The same job with nothing going wrong: what every other run has to come to.
 *
 * @throws Error when a function did not respond in time: the rescuer might have made up for it
 */
export async function calmRun(spec: JobSpec): Promise<{ evidence: Evidence; happened: Happened }> {
  const { world, isOver, evidence } = openJob(spec);
  const happened = await runCalmly(world, isOver);
  if (world.overdue.length > 0) throw new Error(`not in time: ${world.overdue.join()}`);
  return { evidence: evidence(), happened };
}

/** Something that goes wrong in an otherwise calm run. */
export interface Trouble {
  readonly interfere: (job: WatchedJob) => Interference;
  /** It may lose messages, or hide them. */
  readonly loses: boolean;
}

/** A calm run but for some trouble; returns the promises that it broke. */
export async function troubledRun(spec: JobSpec, calm: Evidence, { interfere, loses }: Trouble): Promise<string[]> {
  const job = openJob(spec);
  const judge = (): string[] => violations({ evidence: job.evidence(), calm, faults: 1, mayHaveLost: loses });
  try {
    await runCalmly(job.world, job.isOver, interfere(job));
  } catch (error) {
    return [String(error), ...judge()];
  }
  return judge();
}
