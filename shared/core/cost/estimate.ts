import { z } from 'zod';
import { processorGbSeconds, processorMs, ProcessorShapeSchema, workerMsOf } from './processor-time.ts';
import { earlierLooksPerImage, noticeBatches, usageOfCounts } from './requests.ts';
import { addUsage, type Usage } from './usage.ts';

const count = z.number().nonnegative();

/** A job as its plan knows it. */
export const PlannedWorkSchema = z.strictObject({
  ...ProcessorShapeSchema.shape,
  images: count,
  shards: count,
  parts: count,
  renditionsPerImage: count,
  /** Mean of {@link workPredictor}'s predictions: ms of one vCPU, download and upload included. */
  workMsPerImage: count,
  /** No processor looks for earlier renditions: the output prefix was found empty, or the job is forced. */
  fresh: z.boolean(),
  /** Images of a size that the plan does not know: named one by one. */
  unsizedImages: count.default(0),
  /** Images whose outcome the plan knows already. */
  settledImages: count.default(0),
  /** Images that are read as members of an archive: one GET for all of a shard, as a rule. */
  memberImages: count.default(0),
  /** The deployment asked for an event per image. */
  imageEvents: z.boolean().default(false),
});
export type PlannedWork = Readonly<z.input<typeof PlannedWorkSchema>>;

/**
 * What a job will use when every image is rendered, once, and nothing goes wrong. Left out: retries, copies and resends; the
 * deployment's standing costs (idle polling of four queues, the sweeper's schedule, logs, metrics and alarms); storage of what is
 * written; /tmp above 512 MB (0.2 % of a GB-second's price); transfer between regions.
 *
 * @throws ZodError when a number is negative, not finite or out of its range
 */
export function estimateJob(work: PlannedWork): Usage {
  const { images, shards, parts, memoryMb, maxConcurrency, ...rest } = PlannedWorkSchema.parse(work);
  const workerMs = workerMsOf(images * rest.workMsPerImage, memoryMb);
  const billedMs = processorMs({ workerMs, images, shards, memoryMb, maxConcurrency });
  const rendered = images - rest.settledImages;
  const memberReads = images === 0 ? 0 : (shards * rest.memberImages) / images;
  const requests = usageOfCounts({
    images,
    looks: rest.unsizedImages + (rest.fresh ? 0 : rendered * earlierLooksPerImage(rest.renditionsPerImage)),
    reads: rendered - rest.memberImages + memberReads,
    renditions: rendered * rest.renditionsPerImage,
    shards,
    receipts: shards,
    noticeBatches: noticeBatches(shards, billedMs, maxConcurrency),
    parts,
    jobs: 1,
    imageEvents: rest.imageEvents ? images : 0,
  });
  return addUsage(requests, { lambdaGbSeconds: processorGbSeconds(billedMs, memoryMb) });
}
