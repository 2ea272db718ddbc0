import { budgetExceeded } from '../../shared/core/budget.ts';
import { estimatedUsd } from '../../shared/core/cost/job-cost.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import type { Job } from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import { failureOf, type Failure } from '../../shared/core/outcome.ts';
import { PartFiller, type PartEnd } from '../../shared/core/part-filler.ts';
import {
  parsePart,
  serializePart,
  storedAs,
  type Cursor,
  type Part,
  type PartHeader,
  type StoredPart,
} from '../../shared/core/plan.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { defaultPacking, type PackingTarget } from '../../shared/core/pack-shards.ts';
import type { Deployment } from '../../shared/core/deployment.ts';
import type { PlannedSources } from './planned-sources.ts';
import type { Splitter } from './splitter.ts';

/** The part to be planned: its number, and the header of the part before it. */
export interface PartPosition {
  readonly part: number;
  readonly previous: PartHeader | undefined;
}

/** How much time a part has. */
export interface PartTime {
  readonly outOfTime: () => boolean;
  /** Whether the part may end where the time does. Otherwise it is given up, to be planned whole by an invocation that has more time. */
  readonly mayBeCut: boolean;
}

const firstCursor: Cursor = { source: 0 };

function packingOf({ secondsPerShard }: Deployment): PackingTarget {
  return secondsPerShard === undefined
    ? defaultPacking
    : { ...defaultPacking, maxShardWorkMs: secondsPerShard * 1_000 };
}

function fillerOf({ deployment }: Splitter, job: Job, part: number): PartFiller {
  const { job: id, route, recipe, output, fresh, force, deadlineAt, targets = [] } = job;
  const deadline = deadlineAt === undefined ? {} : { deadlineAt };
  return new PartFiller(
    { v: 1, job: id, route, part, recipe, output, fresh, force, ...deadline, hop: 0, transient: 0 },
    { packing: packingOf(deployment), targets },
  );
}

/** Takes sources until the part is full, the sources end, or a source cannot be read; undefined when the part is given up. */
async function fill(sources: PlannedSources, filler: PartFiller, time: PartTime): Promise<PartEnd | undefined> {
  try {
    for (let source = await sources.next(); source !== undefined; source = await sources.next()) {
      if (!filler.take(source)) return { exhausted: false };
      if (time.outOfTime()) return time.mayBeCut ? { exhausted: false } : undefined;
    }
    return { exhausted: true };
  } catch (error) {
    if (error instanceof FanlightError && error.kind === 'permanent')
      return { exhausted: false, error: failureOf(error) };
    throw error;
  }
}

/** Stores a part; whoever stores it first decides, and everybody goes on with what is stored (design 4.1). */
async function storeOrAdopt({ store }: Splitter, part: Part): Promise<StoredPart> {
  const { job, part: number } = part.header;
  const text = serializePart(part);
  const stored = await store.createOrAdopt(stateKey.plan(job, number), text, 'application/jsonl');
  return stored === text ? storedAs(part, text) : parsePart(stored);
}

/**
 * Plans one part and stores it. A part that may be cut short by time still holds a source if there is one: planning gets on.
 *
 * @returns undefined when the time was over and the part may not be cut
 */
export async function planPart(
  splitter: Splitter,
  job: Job,
  sources: PlannedSources,
  { part, previous }: PartPosition,
  time: PartTime,
): Promise<StoredPart | undefined> {
  if (part >= limits.maxParts) {
    const message = `a job has at most ${limits.maxParts} parts`;
    return endPlan(splitter, job, { part, previous }, { code: 'BUDGET_EXCEEDED', message });
  }
  const start = previous?.next ?? firstCursor;
  await sources.startAt(start, part);
  const filler = fillerOf(splitter, job, part);
  const end = await fill(sources, filler, time);
  if (end === undefined) return undefined;
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
  return budgetExceeded(budget, { images: total.images - (total.settledImages ?? 0), bytes: total.bytes, usd });
}

/** Stores an empty last part that says why the plan ends here, unless a real part was stored first. */
export async function endPlan(
  splitter: Splitter,
  job: Job,
  { part, previous }: PartPosition,
  error: Failure,
): Promise<StoredPart> {
  const start = previous?.next ?? firstCursor;
  return storeOrAdopt(splitter, fillerOf(splitter, job, part).build(start, previous, { exhausted: false, error }));
}
