import { runCalmly } from '../simulation/calm.ts';
import { hasEnded, isDrained, submit, type JobSpec } from '../simulation/jobs.ts';
import { openWorld } from '../simulation/open-world.ts';
import { gatherEvidence, type Evidence } from './evidence.ts';
import { Witness } from './witness.ts';

/** The same job with nothing going wrong: what every other run has to come to. */
export async function calmRun(spec: JobSpec): Promise<Evidence> {
  const world = openWorld();
  const witness = new Witness(world);
  const submitted = submit(world, spec);
  await runCalmly(world, () => hasEnded(world, submitted) && isDrained(world));
  return gatherEvidence(world, witness, submitted);
}
