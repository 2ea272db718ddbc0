import { z } from 'zod';
import type { Architecture, PriceList } from './prices.ts';

const amount = z.number().nonnegative();

/** What AWS bills. Predictions have fractions of requests. */
export const UsageSchema = z.strictObject({
  s3Puts: amount,
  /** GET and HEAD. */
  s3Gets: amount,
  s3Lists: amount,
  /** In units of 64 KB. */
  sqsRequests: amount,
  lambdaInvocations: amount,
  lambdaGbSeconds: amount,
  /** Custom events put on an EventBridge bus. */
  events: amount,
});
export type Usage = Readonly<z.infer<typeof UsageSchema>>;

export const noUsage: Usage = {
  s3Puts: 0,
  s3Gets: 0,
  s3Lists: 0,
  sqsRequests: 0,
  lambdaInvocations: 0,
  lambdaGbSeconds: 0,
  events: 0,
};

function combine(a: Usage, b: Partial<Usage>, factor: number): Usage {
  return {
    s3Puts: a.s3Puts + (b.s3Puts ?? 0) * factor,
    s3Gets: a.s3Gets + (b.s3Gets ?? 0) * factor,
    s3Lists: a.s3Lists + (b.s3Lists ?? 0) * factor,
    sqsRequests: a.sqsRequests + (b.sqsRequests ?? 0) * factor,
    lambdaInvocations: a.lambdaInvocations + (b.lambdaInvocations ?? 0) * factor,
    lambdaGbSeconds: a.lambdaGbSeconds + (b.lambdaGbSeconds ?? 0) * factor,
    events: a.events + (b.events ?? 0) * factor,
  };
}

/** What is left out of a summand counts as 0. */
export function addUsage(...summands: readonly Partial<Usage>[]): Usage {
  return summands.reduce<Usage>((sum, summand) => combine(sum, summand, 1), noUsage);
}

/** @param factor 0 or more */
export function scaleUsage(usage: Partial<Usage>, factor: number): Usage {
  return combine(noUsage, usage, factor);
}

/** US dollars, not rounded: sums of costs are costs of sums. */
export const CostSchema = z.strictObject({
  usd: amount,
  byService: z.strictObject({ s3: amount, sqs: amount, lambda: amount, eventBridge: amount }),
});
export type Cost = Readonly<z.infer<typeof CostSchema>>;

/** @param architecture of the functions */
export function costOf(usage: Usage, prices: PriceList, architecture: Architecture): Cost {
  const { s3, sqs, lambda, eventBridge } = prices;
  const byService = {
    s3: (usage.s3Puts * s3.putsPer1000 + usage.s3Gets * s3.getsPer1000 + usage.s3Lists * s3.listsPer1000) / 1e3,
    sqs: (usage.sqsRequests * (sqs.perMillionRequests + sqs.fairQueuePerMillionRequests)) / 1e6,
    lambda:
      (usage.lambdaInvocations * lambda.perMillionInvocations) / 1e6 +
      usage.lambdaGbSeconds * lambda.perGbSecond[architecture],
    eventBridge: (usage.events * eventBridge.perMillionEvents) / 1e6,
  };
  return { usd: byService.s3 + byService.sqs + byService.lambda + byService.eventBridge, byService };
}
