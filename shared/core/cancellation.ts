import { z } from 'zod';
import type { Failure } from './outcome.ts';

/**
 * cancel.json: no more work is to be done for the job; written once, by whoever is first. `ended` is the collector's, when
 * the report exists: the one look that every shard takes then also stops what comes too late.
 */
export const CancellationSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  reason: z.enum(['requested', 'deadline', 'budget', 'ended']),
  at: z.iso.datetime(),
  /** Why, for people: the message of each image that it leaves without an outcome. */
  message: z.string().max(500),
});
export type Cancellation = z.infer<typeof CancellationSchema>;

/** What the images without an outcome, the rest of the plan and the report of a cancelled job fail with. */
export function cancelledFailure({ message }: Cancellation): Failure {
  return { code: 'CANCELLED', message };
}
