import { z } from 'zod';
import { cancelledFailure, type Cancellation } from './cancellation.ts';
import { actualUsd, estimatedUsd, type CostBasis } from './cost/job-cost.ts';
import { CountsSchema, terminalStates, type Job, type PartDone, type Seal } from './job.ts';
import { limits } from './limits.ts';
import { FailureSchema, type Failure } from './outcome.ts';
import { ListedFailureSchema } from './notice.ts';
import { EngineSchema } from './receipt.ts';

/** report.json: what the job's owner reads (design 4.3). Bytes are of sources read and renditions written. */
export const ReportSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  state: z.enum(terminalStates),
  /** Why the upload could not become a job at all, or why the job ended before all of it was planned or worked on. */
  error: FailureSchema.optional(),
  recipe: z.string().nullable(),
  /** The job of which this one tried the failed images again. */
  parent: z.string().optional(),
  images: CountsSchema.extend({ total: z.int().nonnegative() }),
  /** Of the failed images, those that a cancelled job left without another outcome. */
  cancelled: z.int().nonnegative().optional(),
  tolerateFailedPercent: z.number(),
  /** Whether the failures, if any, are within the declared tolerance. */
  tolerated: z.boolean(),
  bytes: z.strictObject({ in: z.int().nonnegative(), out: z.int().nonnegative() }),
  timing: z.strictObject({
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime(),
    durationMs: z.int().nonnegative(),
    computeMs: z.int().nonnegative(),
  }),
  plan: z.strictObject({ parts: z.int().nonnegative(), shards: z.int().nonnegative() }),
  /**
   * US dollars at list prices, without tax: as the plan was predicted, and as receipts have it. Null when a plan or a part of an earlier
   * version does not say enough; all of it is null of an upload that became no job.
   */
  cost: z
    .strictObject({
      estimated: z.number().nonnegative().nullable(),
      actual: z.number().nonnegative().nullable(),
      /** Of the price list: where, and the month of its prices. */
      region: z.string(),
      date: z.string(),
    })
    .nullable()
    .optional(),
  /** The first 100; all of them are in the results. */
  failures: z.array(ListedFailureSchema),
  engine: EngineSchema.nullable(),
});
export type Report = z.infer<typeof ReportSchema>;

const sum = (parts: readonly PartDone[], value: (part: PartDone) => number): number =>
  parts.reduce((total, part) => total + value(part), 0);

/** What a report needs beside the job's own documents. */
export interface ReportContext {
  readonly now: Date;
  readonly costBasis: CostBasis;
  /** It makes a cancelled job only where some image had no outcome yet, or the plan was not complete. */
  readonly cancellation?: Cancellation | undefined;
}

function reportCost(job: Job | undefined, seal: Seal, parts: readonly PartDone[], basis: CostBasis): Report['cost'] {
  if (job === undefined) return null;
  const { region, date } = basis.prices;
  return {
    estimated: estimatedUsd(job, seal, basis) ?? null,
    actual: actualUsd(job, parts, parts.length, basis) ?? null,
    region,
    date,
  };
}

/** An empty job succeeded; nothing but failures is failed; some failures are partial, tolerated or not. */
function stateOf(total: number, failed: number, error: Failure | undefined): Report['state'] {
  if (error?.code === 'CANCELLED') return 'cancelled';
  // What was planned within the budget is worked on.
  if (error?.code === 'BUDGET_EXCEEDED') return failed === total ? 'failed' : 'partial';
  if (error !== undefined) return 'failed';
  if (failed === 0) return 'succeeded';
  return failed === total ? 'failed' : 'partial';
}

/**
 * Sums the folded parts of a sealed job.
 *
 * @param job absent when the upload was refused before it became one
 * @param parts in order of their numbers, one for each part of the seal
 */
export function composeReport(
  job: Job | undefined,
  seal: Seal,
  parts: readonly PartDone[],
  { now, costBasis, cancellation }: ReportContext,
): Report {
  const counts = {
    succeeded: sum(parts, (p) => p.counts.succeeded),
    failed: sum(parts, (p) => p.counts.failed),
    skipped: sum(parts, (p) => p.counts.skipped),
  };
  const total = counts.succeeded + counts.failed + counts.skipped;
  const createdAt = job?.createdAt ?? now.toISOString();
  const finishedAt =
    parts
      .map((part) => part.finishedAt)
      .toSorted()
      .at(-1) ?? now.toISOString();
  const cancelled = sum(parts, (p) => p.cancelled ?? 0);
  const error = cancelled > 0 && cancellation !== undefined ? cancelledFailure(cancellation) : seal.error;
  const tolerateFailedPercent = job?.tolerateFailedPercent ?? 0;
  return {
    v: 1,
    job: seal.job,
    state: stateOf(total, counts.failed, error),
    ...(error === undefined ? {} : { error }),
    recipe: job?.recipe.name ?? null,
    ...(job?.parent === undefined ? {} : { parent: job.parent }),
    images: { total, ...counts },
    cancelled,
    tolerateFailedPercent,
    tolerated: error === undefined && counts.failed * 100 <= tolerateFailedPercent * total,
    bytes: { in: sum(parts, (p) => p.bytesIn), out: sum(parts, (p) => p.bytesOut) },
    timing: {
      createdAt,
      startedAt: parts.map((part) => part.startedAt).toSorted()[0] ?? null,
      finishedAt,
      durationMs: Math.max(0, Date.parse(finishedAt) - Date.parse(createdAt)),
      computeMs: sum(parts, (p) => p.computeMs),
    },
    plan: { parts: seal.parts, shards: seal.shards },
    cost: reportCost(job, seal, parts, costBasis),
    failures: parts.flatMap((part) => part.failures).slice(0, limits.maxFailuresInReport),
    engine: parts.find((part) => part.engine !== undefined)?.engine ?? null,
  };
}
