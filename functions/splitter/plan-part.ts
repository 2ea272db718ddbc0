import { budgetExceeded } from '../../shared/core/budget.ts';
import { estimatedUsd } from '../../shared/core/cost/job-cost.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import type { Job } from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import { failureOf, type Failure } from '../../shared/core/outcome.ts';
import { PartFiller, type PartEnd, type PlannedSource } from '../../shared/core/part-filler.ts';
import { parsePart, serializePart, type Cursor, type Part, type PartHeader } from '../../shared/core/plan.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { listFailed } from '../../shared/sources/failed-images.ts';
import { listSources } from '../../shared/sources/listing.ts';
import type { Splitter } from './splitter.ts';

/** The part to be planned: its number, and the header of the part before it. */
export interface PartPosition {
  readonly part: number;
  readonly previous: PartHeader | undefined;
}

const firstCursor: Cursor = { source: 0 };

function fillerOf({ job, route, recipe, output, fresh, force, deadlineAt }: Job, part: number): PartFiller {
  const deadline = deadlineAt === undefined ? {} : { deadlineAt };
  return new PartFiller({ v: 1, job, route, part, recipe, output, fresh, force, ...deadline, hop: 0, transient: 0 });
}

function sourcesOf(
  { s3, store }: Splitter,
  { sources, upload, parent }: Job,
  start: Cursor,
): AsyncIterable<PlannedSource> {
  return parent === undefined ? listSources(s3, sources, start, upload) : listFailed(store, parent, start);
}

/** Takes sources until the part is full, the sources or the time end, or a source cannot be listed. */
async function fill(
  splitter: Splitter,
  job: Job,
  filler: PartFiller,
  start: Cursor,
  outOfTime: () => boolean,
): Promise<PartEnd> {
  try {
    for await (const source of sourcesOf(splitter, job, start)) {
      if (!filler.take(source)) return { exhausted: false };
      if (outOfTime()) return { exhausted: false };
    }
    return { exhausted: true };
  } catch (error) {
    if (error instanceof FanlightError && error.kind === 'permanent')
      return { exhausted: false, error: failureOf(error) };
    throw error;
  }
}

/** Stores a part; whoever stores it first decides, and everybody goes on with what is stored (design 4.1). */
async function storeOrAdopt({ store }: Splitter, part: Part): Promise<Part> {
  const { job, part: number } = part.header;
  const text = serializePart(part);
  const stored = await store.createOrAdopt(stateKey.plan(job, number), text, 'application/jsonl');
  return stored === text ? part : parsePart(stored);
}

/** Plans one part and stores it. Time may cut it short, but it always holds a source if there is one: planning gets on. */
export async function planPart(
  splitter: Splitter,
  job: Job,
  { part, previous }: PartPosition,
  outOfTime: () => boolean,
): Promise<Part> {
  if (part >= limits.maxParts)
    return endPlan(
      splitter,
      job,
      { part, previous },
      {
        code: 'BUDGET_EXCEEDED',
        message: `a job has at most ${limits.maxParts} parts`,
      },
    );
  const start = previous?.next ?? firstCursor;
  const filler = fillerOf(job, part);
  const end = await fill(splitter, job, filler, start, outOfTime);
  const planned = filler.build(start, previous, end);
  const exceeded = exceededBudget(splitter, job, planned.header);
  return exceeded === undefined
    ? storeOrAdopt(splitter, planned)
    : endPlan(splitter, job, { part, previous }, exceeded);
}

/** A plan that ends empty costs next to nothing. */
function exceededBudget({ costBasis }: Splitter, job: Job, { part, images, total }: PartHeader): Failure | undefined {
  const { budget = {} } = job;
  if (images === 0) return undefined;
  const usd = budget.usd === undefined ? undefined : estimatedUsd(job, { ...total, parts: part + 1 }, costBasis);
  return budgetExceeded(budget, { images: total.images, bytes: total.bytes, usd });
}

/** Stores an empty last part that says why the plan ends here, unless a real part was stored first. */
export async function endPlan(
  splitter: Splitter,
  job: Job,
  { part, previous }: PartPosition,
  error: Failure,
): Promise<Part> {
  const start = previous?.next ?? firstCursor;
  return storeOrAdopt(splitter, fillerOf(job, part).build(start, previous, { exhausted: false, error }));
}
