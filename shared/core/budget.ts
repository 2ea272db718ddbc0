import { z } from 'zod';
import { formatUsd } from './cost/format-usd.ts';
import type { Failure } from './outcome.ts';

/** The most that a job may come to. What is left out has no bound. */
export const BudgetSchema = z.strictObject({
  images: z.int().positive().optional(),
  /** Of sources whose size is known before they are read. */
  bytes: z.int().positive().optional(),
  /** At list prices: predicted before it is spent, and watched while it is. */
  usd: z.number().positive().optional(),
});
export type Budget = z.infer<typeof BudgetSchema>;

/** What a deployment allows every job. */
export const DeploymentBudgetSchema = z.strictObject({
  imagesPerJob: z.int().positive().optional(),
  usdPerJob: z.number().positive().optional(),
});
export type DeploymentBudget = z.infer<typeof DeploymentBudgetSchema>;

function smaller(name: keyof Budget, ...bounds: (number | undefined)[]): Budget {
  const known = bounds.filter((bound) => bound !== undefined);
  return known.length === 0 ? {} : { [name]: Math.min(...known) };
}

/** The smaller bound wins. */
export function smallerBudget(asked: Budget, { imagesPerJob, usdPerJob }: DeploymentBudget): Budget {
  return {
    ...smaller('images', asked.images, imagesPerJob),
    ...smaller('bytes', asked.bytes),
    ...smaller('usd', asked.usd, usdPerJob),
  };
}

const formatCount = (count: number): string => count.toLocaleString('en-US');

/** Why a plan must not grow to this; undefined when it may. What is not known is not compared. */
export function budgetExceeded(budget: Budget, plan: Budget): Failure | undefined {
  const checks = [
    { name: 'images', format: formatCount },
    { name: 'bytes', format: formatCount },
    { name: 'usd', format: formatUsd },
  ] as const;
  for (const { name, format } of checks) {
    const [bound, planned] = [budget[name], plan[name]];
    if (bound === undefined || planned === undefined || planned <= bound) continue;
    const what = name === 'usd' ? 'cost' : `have ${name}:`;
    return {
      code: 'BUDGET_EXCEEDED',
      message: `planning ended: the job would ${what} ${format(planned)} or more (its budget is ${format(bound)})`,
    };
  }
  return undefined;
}
