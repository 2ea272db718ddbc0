import { z } from 'zod';
import type { CostBasis } from '../core/cost/job-cost.ts';
import { architectures, usEast1Prices } from '../core/cost/prices.ts';

/** Environment variables of the functions that reckon what a job costs: they tell of the processors. */
export const costVariables = {
  PROCESSOR_MEMORY_MB: z.coerce.number().positive(),
  PROCESSOR_MAX_CONCURRENCY: z.coerce.number().positive(),
  PROCESSOR_ARCHITECTURE: z.enum(architectures),
};

type CostVariables = z.infer<z.ZodObject<typeof costVariables>>;

/** At the list prices of us-east-1. */
export function costBasisOf(environment: CostVariables): CostBasis {
  return {
    memoryMb: environment.PROCESSOR_MEMORY_MB,
    maxConcurrency: environment.PROCESSOR_MAX_CONCURRENCY,
    architecture: environment.PROCESSOR_ARCHITECTURE,
    prices: usEast1Prices,
  };
}
