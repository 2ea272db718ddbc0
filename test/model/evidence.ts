import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { JobStatusSchema, PartDoneSchema, PartStatusSchema, SealSchema } from '../../shared/core/job.ts';
import { ResultLineSchema, type ResultLine } from '../../shared/core/outcome.ts';
import { parsePart, type Part } from '../../shared/core/plan.ts';
import { ReportSchema } from '../../shared/core/report.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { jobIdOf, type SubmittedJob } from '../simulation/jobs.ts';
import type { World } from '../simulation/world.ts';
import type { Witness } from './witness.ts';

/** All that is stored about one part in the end. */
export interface PartEvidence {
  readonly plan: Part;
  readonly status: z.infer<typeof PartStatusSchema> | undefined;
  readonly statusBytes: number;
  readonly done: z.infer<typeof PartDoneSchema> | undefined;
  /** Line n is ordinal n. */
  readonly results: readonly ResultLine[];
}

/** What the invariants are judged by: a job's stored state, its renditions, and what was seen on the way. */
export interface Evidence {
  readonly submitted: SubmittedJob;
  readonly world: World;
  readonly witness: Witness;
  /** Undefined when the upload never became a job. */
  readonly job: string | undefined;
  readonly seal: z.infer<typeof SealSchema> | undefined;
  readonly status: z.infer<typeof JobStatusSchema> | undefined;
  readonly report: z.infer<typeof ReportSchema> | undefined;
  readonly parts: readonly PartEvidence[];
  /** sha256 by key. */
  readonly renditions: Readonly<Record<string, string>>;
}

function read<Schema extends z.ZodType>(world: World, key: string, schema: Schema): z.infer<Schema> | undefined {
  const object = world.results().get(key);
  return object === undefined ? undefined : schema.parse(JSON.parse(object.body.toString()));
}

function readPart(world: World, job: string, part: number): PartEvidence | undefined {
  const text = (key: string): string | undefined => world.results().get(key)?.body.toString();
  const plan = text(stateKey.plan(job, part));
  if (plan === undefined) return undefined;
  const lines = (text(stateKey.results(job, part)) ?? '').split('\n').filter((line) => line !== '');
  return {
    plan: parsePart(plan),
    status: read(world, stateKey.partStatus(job, part), PartStatusSchema),
    statusBytes: world.results().get(stateKey.partStatus(job, part))?.body.length ?? 0,
    done: read(world, stateKey.done(job, part), PartDoneSchema),
    results: lines.map((line) => ResultLineSchema.parse(JSON.parse(line))),
  };
}

function readParts(world: World, job: string): PartEvidence[] {
  const parts: PartEvidence[] = [];
  for (;;) {
    const part = readPart(world, job, parts.length);
    if (part === undefined) return parts;
    parts.push(part);
  }
}

function hashesBelow(world: World, prefix: string): Record<string, string> {
  const hash = (key: string): string =>
    createHash('sha256')
      .update(world.results().get(key)?.body ?? '')
      .digest('hex');
  return Object.fromEntries(
    world
      .results()
      .keys(prefix)
      .map((key) => [key, hash(key)]),
  );
}

export function gatherEvidence(world: World, witness: Witness, submitted: SubmittedJob): Evidence {
  const job = jobIdOf(world, submitted);
  const id = job ?? '';
  return {
    submitted,
    world,
    witness,
    job,
    seal: read(world, stateKey.seal(id), SealSchema),
    status: read(world, stateKey.jobStatus(id), JobStatusSchema),
    report: read(world, stateKey.reportJson(id), ReportSchema),
    parts: job === undefined ? [] : readParts(world, job),
    renditions: hashesBelow(world, `renditions/${submitted.outputPrefix}`),
  };
}
