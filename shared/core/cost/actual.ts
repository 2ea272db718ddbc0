import { z } from 'zod';
import { processorGbSeconds, processorMs, ProcessorShapeSchema, transferCpuMs, workerMsOf } from './processor-time.ts';
import { noticeBatches, usageOfCounts } from './requests.ts';
import { addUsage, type Usage } from './usage.ts';

const count = z.number().nonnegative();

/** A job as its receipts know it: all of it for the report, what there is so far for a budget. */
export const RecordedWorkSchema = z.strictObject({
  ...ProcessorShapeSchema.shape,
  /** With an outcome, whatever it is. */
  images: count,
  /** Downloaded: all but those that were done already. */
  imagesRead: count,
  /** Written. Without a count of them: succeeded images × files of the recipe, of which a changed recipe writes fewer. */
  renditions: count,
  /** HEADs, of earlier renditions and of sources of unknown size: 0 for a fresh job that lists prefixes. */
  looks: count,
  shards: count,
  /** More than shards when some went on in copies. Each stands for a message and an invocation. */
  receipts: count,
  parts: count,
  /** Worker time of all images, in ms, as receipts have it. */
  computeMs: count,
  imageEvents: z.boolean().default(false),
});
export type RecordedWork = Readonly<z.input<typeof RecordedWorkSchema>>;

/**
 * What a job has used, as far as its receipts tell: requests by the model of {@link estimateJob}, GB-seconds from the measured
 * worker time. Beside what that leaves out, nobody writes down: what the SDK repeats; deliveries that died or were given up, and what
 * they had rendered; a sweeper's resends. Bytes cost nothing within a region.
 *
 * @throws ZodError when a number is negative, not finite or out of its range
 */
export function actualUsage(work: RecordedWork): Usage {
  const { images, imagesRead, renditions, receipts, memoryMb, maxConcurrency, ...rest } =
    RecordedWorkSchema.parse(work);
  // Prediction has the transfers in it, computeMs only the worker's time.
  const workerMs = rest.computeMs + workerMsOf(transferCpuMs(imagesRead, renditions), memoryMb);
  const deliveries = Math.max(rest.shards, receipts);
  const billedMs = processorMs({ workerMs, images: imagesRead, shards: deliveries, memoryMb, maxConcurrency });
  const requests = usageOfCounts({
    images,
    looks: rest.looks,
    reads: imagesRead,
    renditions,
    shards: deliveries,
    receipts,
    noticeBatches: noticeBatches(receipts, billedMs, maxConcurrency),
    parts: rest.parts,
    jobs: 1,
    imageEvents: rest.imageEvents ? images : 0,
  });
  return addUsage(requests, { lambdaGbSeconds: processorGbSeconds(billedMs, memoryMb) });
}
