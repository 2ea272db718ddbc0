import { cancelJob } from '../../shared/aws/stored-cancellation.ts';
import { formatUsd } from '../../shared/core/cost/format-usd.ts';
import { actualUsd, type RecordedSums } from '../../shared/core/cost/job-cost.ts';
import { JobSchema, JobStatusSchema, type Job, type PartStatus } from '../../shared/core/job.ts';
import { expandRenditions } from '../../shared/core/renditions.ts';
import { PartSet } from '../../shared/core/part-set.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Collector } from './collector.ts';

/** What of job.json the cost depends on. It never changes, so that an environment reads it once. */
export type BudgetedJob = Pick<Job, 'recipe' | 'fresh' | 'force' | 'budget'>;

const maxRemembered = 200;

async function budgetedJob({ store, budgetedJobs }: Collector, job: string): Promise<BudgetedJob | undefined> {
  const known = budgetedJobs.get(job);
  if (known !== undefined) return known;
  const stored = await store.readDocument(stateKey.job(job), JobSchema);
  if (stored === undefined) return undefined;
  const { recipe, fresh, force, budget } = stored.document;
  const [oldest] = budgetedJobs.keys();
  if (budgetedJobs.size >= maxRemembered && oldest !== undefined) budgetedJobs.delete(oldest);
  budgetedJobs.set(job, { recipe, fresh, force, budget });
  return { recipe, fresh, force, budget };
}

/** What a part that is not folded has come to. Images that are skipped are done already as a rule, and not read. */
function sumsOfOpenPart({ counts, computeMs, receipts }: PartStatus, { recipe }: BudgetedJob): RecordedSums {
  return {
    images: counts.succeeded + counts.failed + counts.skipped,
    imagesRead: counts.succeeded + counts.failed,
    renditions: counts.succeeded * expandRenditions(recipe).length,
    receipts: receipts.length,
    computeMs,
  };
}

/**
 * Cancels a job that has cost more than its budget: the folded parts, and the one that notices were about. Other open parts are
 * not looked at, so that a job may cost a little more than the budget; shards are worked on part by part.
 *
 * @param open the part, unless it is folded now
 * @returns whether the job is to be ended
 */
export async function cancelOverBudget(
  collector: Collector,
  job: string,
  open: PartStatus | undefined,
): Promise<boolean> {
  const { store, costBasis, logger, now } = collector;
  const budgeted = await budgetedJob(collector, job);
  const usd = budgeted?.budget?.usd;
  if (budgeted === undefined || usd === undefined) return false;
  const status = (await store.readDocument(stateKey.jobStatus(job), JobStatusSchema))?.document;
  const folded = status === undefined ? [] : [status.work];
  const sums = [...folded, ...(open === undefined ? [] : [sumsOfOpenPart(open, budgeted)])];
  const parts = new PartSet(status?.foldedParts).size + (open === undefined ? 0 : 1);
  const spentUsd = actualUsd(budgeted, sums, parts, costBasis);
  if (spentUsd === undefined || spentUsd <= usd) return false;
  const message = `the job has cost about ${formatUsd(spentUsd)} (its budget is ${formatUsd(usd)})`;
  logger.warn('over budget', { job, spentUsd, usd });
  await cancelJob(store, { v: 1, job, reason: 'budget', at: now().toISOString(), message });
  return true;
}
