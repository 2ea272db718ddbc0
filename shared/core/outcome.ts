import { z } from 'zod';
import { ErrorCodeSchema, type FanlightError } from './errors.ts';

export const OutcomeStatusSchema = z.enum(['succeeded', 'failed', 'skipped']);
export type OutcomeStatus = z.infer<typeof OutcomeStatusSchema>;

export const SkipReasonSchema = z.enum(['already-done', 'not-an-image', 'own-output', 'filtered']);

export const FailureSchema = z.strictObject({ code: ErrorCodeSchema, message: z.string().max(500) });
export type Failure = z.infer<typeof FailureSchema>;

/** An error as results, seals and reports record it. */
export function failureOf({ code, message }: Pick<FanlightError, 'code' | 'message'>): Failure {
  return { code, message: message.slice(0, 500) };
}

/** One written output: `name` without extension, `key` in the results bucket, size in pixels and bytes. */
export const RenditionResultSchema = z.strictObject({
  name: z.string(),
  key: z.string(),
  format: z.string(),
  width: z.int().positive(),
  height: z.int().positive(),
  bytes: z.int().positive(),
});
export type RenditionResult = z.infer<typeof RenditionResultSchema>;

/** A line of results.jsonl (design 4.3): what became of one image. */
export const ResultLineSchema = z.strictObject({
  source: z.string(),
  status: OutcomeStatusSchema,
  reason: SkipReasonSchema.optional(),
  error: FailureSchema.optional(),
  /** Absent when the image failed before its header was read. */
  input: z
    .strictObject({
      format: z.string(),
      width: z.int().positive(),
      height: z.int().positive(),
      bytes: z.int().nonnegative(),
    })
    .optional(),
  renditions: z.array(RenditionResultSchema),
  attempts: z.int().positive(),
  durationMs: z.int().nonnegative(),
});
export type ResultLine = z.infer<typeof ResultLineSchema>;

/** A result line with its ordinal, as receipts carry it. */
export const OutcomeSchema = ResultLineSchema.extend({ ordinal: z.int().nonnegative() });
export type Outcome = z.infer<typeof OutcomeSchema>;

const rank: Record<OutcomeStatus, number> = { succeeded: 3, skipped: 2, failed: 1 };

/** An outcome and the receipt it was read from. */
export interface WitnessedOutcome {
  readonly receipt: string;
  readonly outcome: Outcome;
}

function prevails(a: WitnessedOutcome, b: WitnessedOutcome): boolean {
  const byRank = rank[a.outcome.status] - rank[b.outcome.status];
  return byRank === 0 ? a.receipt < b.receipt : byRank > 0;
}

/**
 * The outcome of every ordinal, whatever receipts say: succeeded > skipped > failed, ties by the smallest receipt
 * name (design 4.3). Commutative, associative and idempotent, so order and duplicates of receipts do not matter.
 */
export function joinOutcomes(witnessed: Iterable<WitnessedOutcome>): Map<number, WitnessedOutcome> {
  const joined = new Map<number, WitnessedOutcome>();
  for (const candidate of witnessed) {
    const current = joined.get(candidate.outcome.ordinal);
    if (current === undefined || prevails(candidate, current)) joined.set(candidate.outcome.ordinal, candidate);
  }
  return joined;
}
