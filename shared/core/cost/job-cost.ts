import type { Job, PartDone } from '../job.ts';
import { expandRenditions } from '../renditions.ts';
import { actualUsage } from './actual.ts';
import { estimateJob } from './estimate.ts';
import type { Architecture, PriceList } from './prices.ts';
import { earlierLooksPerImage } from './requests.ts';
import { costOf } from './usage.ts';

/** What the cost of a job depends on beside the job: the processors of the deployment, and what they are paid by. */
export interface CostBasis {
  readonly memoryMb: number;
  readonly maxConcurrency: number;
  readonly architecture: Architecture;
  readonly prices: PriceList;
}

type PricedJob = Pick<Job, 'recipe' | 'fresh' | 'force'>;

/** Sums of a plan, as its newest header and its seal have them. */
export interface PlannedSums {
  readonly images: number;
  readonly shards: number;
  readonly parts: number;
  /** Undefined in plans of versions that did not predict it. */
  readonly workMs?: number | undefined;
  readonly unsizedImages?: number | undefined;
  readonly settledImages?: number | undefined;
  readonly memberImages?: number | undefined;
  readonly renditions?: number | undefined;
}

/** What receipts came to: of a folded part, or of several. */
export type RecordedSums = Pick<PartDone, 'images' | 'computeMs' | 'receipts' | 'renditions' | 'imagesRead'>;

const isLookedFor = ({ fresh, force }: PricedJob): boolean => !fresh && !force;

/** US dollars that a plan is predicted to cost; undefined when it does not say enough. */
export function estimatedUsd(job: PricedJob, plan: PlannedSums, basis: CostBasis): number | undefined {
  const { images, shards, parts, workMs, unsizedImages = 0, settledImages = 0, memberImages = 0 } = plan;
  if (workMs === undefined) return undefined;
  const rendered = images - settledImages;
  const { renditions = rendered * expandRenditions(job.recipe).length } = plan;
  const usage = estimateJob({
    images,
    shards,
    parts,
    unsizedImages,
    settledImages,
    memberImages,
    renditionsPerImage: rendered === 0 ? 0 : renditions / rendered,
    workMsPerImage: images === 0 ? 0 : workMs / images,
    fresh: !isLookedFor(job),
    memoryMb: basis.memoryMb,
    maxConcurrency: basis.maxConcurrency,
  });
  return costOf(usage, basis.prices, basis.architecture).usd;
}

/**
 * US dollars that the work of a job has cost; undefined when something was recorded by a version that did not say enough.
 *
 * @param recorded sums of parts, or of several parts together
 * @param parts how many they are
 */
export function actualUsd(
  job: PricedJob,
  recorded: readonly (RecordedSums | undefined)[],
  parts: number,
  { memoryMb, maxConcurrency, prices, architecture }: CostBasis,
): number | undefined {
  const sums = { images: 0, computeMs: 0, receipts: 0, renditions: 0, imagesRead: 0 };
  for (const each of recorded) {
    if (each === undefined) return undefined;
    const { images, computeMs, receipts, renditions, imagesRead } = each;
    if (receipts === undefined || renditions === undefined || imagesRead === undefined) return undefined;
    sums.images += images;
    sums.computeMs += computeMs;
    sums.receipts += receipts;
    sums.renditions += renditions;
    sums.imagesRead += imagesRead;
  }
  const looksPerImage = isLookedFor(job) ? earlierLooksPerImage(expandRenditions(job.recipe).length) : 0;
  const usage = actualUsage({
    ...sums,
    looks: sums.images * looksPerImage,
    shards: sums.receipts,
    parts,
    memoryMb,
    maxConcurrency,
  });
  return costOf(usage, prices, architecture).usd;
}
