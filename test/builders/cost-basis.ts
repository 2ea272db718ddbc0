import type { CostBasis } from '../../shared/core/cost/job-cost.ts';
import { usEast1Prices } from '../../shared/core/cost/prices.ts';

/** The construct's defaults. */
export const costBasis: CostBasis = {
  memoryMb: 1_769,
  maxConcurrency: 50,
  architecture: 'arm64',
  prices: usEast1Prices,
};
