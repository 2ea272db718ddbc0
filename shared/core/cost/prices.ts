import { z } from 'zod';

/** Lambda's own names of its instruction sets. */
export const architectures = ['arm64', 'x86_64'] as const;
export type Architecture = (typeof architectures)[number];

const price = z.number().nonnegative();

/** List prices of one region, in US dollars without tax. Free tiers and volume discounts are no part of it: they belong to the account. */
export const PriceListSchema = z.strictObject({
  region: z.string(),
  currency: z.literal('USD'),
  /** Month in which somebody looked the prices up. */
  date: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
  /** Where. */
  sources: z.array(z.url()).min(1),
  /** S3 Standard. DELETE is free. */
  s3: z.strictObject({
    /** PUT, COPY, POST. */
    putsPer1000: price,
    /** GET and HEAD, answered 404 or 412 as well. */
    getsPer1000: price,
    listsPer1000: price,
    storagePerGbMonth: price,
  }),
  sqs: z.strictObject({
    /** A request of up to 64 KB; each further 64 KB of its messages count as one more. */
    perMillionRequests: price,
    /** Added where messages of a standard queue carry a MessageGroupId, as ours do (fair queues). */
    fairQueuePerMillionRequests: price,
  }),
  lambda: z.strictObject({
    perGbSecond: z.record(z.enum(architectures), price),
    perMillionInvocations: price,
  }),
  /** Custom events of up to 64 KB. */
  eventBridge: z.strictObject({ perMillionEvents: price }),
});
export type PriceList = z.infer<typeof PriceListSchema>;

/** The default. Another region's list is data of the same schema. */
export const usEast1Prices: PriceList = {
  region: 'us-east-1',
  currency: 'USD',
  date: '2026-11',
  sources: [
    'https://aws.amazon.com/s3/pricing/',
    'https://aws.amazon.com/sqs/pricing/',
    'https://aws.amazon.com/lambda/pricing/',
    'https://aws.amazon.com/eventbridge/pricing/',
  ],
  s3: { putsPer1000: 0.005, getsPer1000: 0.0004, listsPer1000: 0.005, storagePerGbMonth: 0.023 },
  sqs: { perMillionRequests: 0.4, fairQueuePerMillionRequests: 0.1 },
  lambda: { perGbSecond: { arm64: 0.0000133334, x86_64: 0.0000166667 }, perMillionInvocations: 0.2 },
  eventBridge: { perMillionEvents: 1 },
};
