import { z } from 'zod';
import { BudgetSchema } from './budget.ts';
import { FailureSchema } from './outcome.ts';
import { JobSourceSchema } from './manifest-sources.ts';
import { ListedFailureSchema } from './notice.ts';
import { EngineSchema } from './receipt.ts';
import { PartRunsSchema } from './part-set.ts';
import { RecipeSchema } from './recipe.ts';
import { shortHash } from './hash.ts';
import { OutputTargetSchema } from './shard.ts';

/** The upload that started a job. */
export const JobUploadSchema = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  etag: z.string(),
  sequencer: z.string(),
});
export type JobUpload = z.infer<typeof JobUploadSchema>;

/**
 * Duplicate events of one upload meet the same job; a new upload of the same bytes is a new job (design 4.1).
 *
 * @param recipeHash of the resolved recipe; empty for an upload that has none because it is refused
 */
export function jobIdOf(upload: Pick<JobUpload, 'bucket' | 'key' | 'sequencer'>, recipeHash: string): string {
  return shortHash(upload.bucket, upload.key, upload.sequencer, recipeHash);
}

/** `_fanlight/uploads/<hash>.json`: leads whoever uploaded a manifest to its job, whose id only the splitter can know. */
export const UploadPointerSchema = z.strictObject({ v: z.literal(1), job: z.string() });
export type UploadPointer = z.infer<typeof UploadPointerSchema>;

/** job.json: what the job was asked for, resolved; immutable. */
export const JobSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  upload: JobUploadSchema,
  route: z.string(),
  recipe: RecipeSchema,
  /** Of a retry, those of its parent, which are not listed again. */
  sources: z.array(JobSourceSchema),
  /** What sources have of their own, which name theirs by its number from 1 on; 0 is the job's recipe and output. */
  targets: z.array(z.strictObject({ recipe: RecipeSchema, output: OutputTargetSchema })).optional(),
  /** `s3://bucket/prefix` that names of images are relative to. */
  relativeTo: z.string().optional(),
  /** The job whose failed images, and no others, this one tries again. */
  parent: z.string().optional(),
  output: OutputTargetSchema,
  fresh: z.boolean(),
  force: z.boolean(),
  tolerateFailedPercent: z.number(),
  /** The smaller of what the manifest and the deployment allow. */
  budget: BudgetSchema.optional(),
  /** The sweeper cancels the job when it is over. */
  deadlineAt: z.iso.datetime().optional(),
  /** Time of the upload's event, not of planning: planning again gives the same bytes. */
  createdAt: z.iso.datetime(),
});
export type Job = z.infer<typeof JobSchema>;

/** `_fanlight/active/<job>`: there is something left to do for this job. The sweeper's memory between two sweeps, by If-Match. */
export const ActiveMarkerSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  /** When a sweep first found the queues empty, and none since found them otherwise or resent something. */
  emptySince: z.iso.datetime().nullable(),
  /** As in job.json, which may be large. */
  deadlineAt: z.iso.datetime().optional(),
});
export type ActiveMarker = z.infer<typeof ActiveMarkerSchema>;

/** What the cost of a plan is predicted from, beside its sums. Plans of earlier versions do not have it. */
export const PredictionSchema = z.strictObject({
  /** Ms of one vCPU, downloads and uploads included. */
  workMs: z.int().nonnegative().optional(),
  /** Images of a size that the plan does not know. */
  unsizedImages: z.int().nonnegative().optional(),
  /** Images whose outcome the plan knows already. */
  settledImages: z.int().nonnegative().optional(),
  /** Images that are read as members of an archive, a shard's together. */
  memberImages: z.int().nonnegative().optional(),
  /** Of all images that are to be rendered. */
  renditions: z.int().nonnegative().optional(),
});
export type Prediction = z.infer<typeof PredictionSchema>;

/**
 * seal.json: the plan is complete; immutable. Sums over the parts that hold images. With `error` the upload could not become a
 * job and parts is 0, or planning had to end early and what was planned is worked on all the same.
 */
export const SealSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  upload: JobUploadSchema,
  parts: z.int().nonnegative(),
  shards: z.int().nonnegative(),
  images: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  ...PredictionSchema.shape,
  error: FailureSchema.optional(),
});
export type Seal = z.infer<typeof SealSchema>;

export const CountsSchema = z.strictObject({
  succeeded: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
});
export type Counts = z.infer<typeof CountsSchema>;

/** status.json of a part: what notices told so far. The collector's, by If-Match. */
export const PartStatusSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  part: z.int().nonnegative(),
  images: z.int().positive(),
  /** OutcomeSet of the part, base64. */
  outcomes: z.string(),
  counts: CountsSchema,
  /** Names of the receipts that are in the figures: makes a duplicate notice harmless to the sums as well. */
  receipts: z.array(z.string()),
  bytesIn: z.int().nonnegative(),
  bytesOut: z.int().nonnegative(),
  computeMs: z.int().nonnegative(),
  failures: z.array(ListedFailureSchema),
});
export type PartStatus = z.infer<typeof PartStatusSchema>;

/** done.json of a part: folded, frozen, written after its results.jsonl. */
export const PartDoneSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  part: z.int().nonnegative(),
  images: z.int().nonnegative(),
  counts: CountsSchema,
  /** Of the failed ones, those with the code CANCELLED. */
  cancelled: z.int().nonnegative().optional(),
  receipts: z.int().nonnegative().optional(),
  /** Written, of the succeeded images. */
  renditions: z.int().nonnegative().optional(),
  /** Images that were downloaded: neither done already nor cancelled. */
  imagesRead: z.int().nonnegative().optional(),
  bytesIn: z.int().nonnegative(),
  bytesOut: z.int().nonnegative(),
  computeMs: z.int().nonnegative(),
  failures: z.array(ListedFailureSchema),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  engine: EngineSchema.optional(),
});
export type PartDone = z.infer<typeof PartDoneSchema>;

export const terminalStates = ['succeeded', 'partial', 'failed', 'cancelled'] as const;
export const JobStateSchema = z.enum(['running', ...terminalStates]);
export type JobState = z.infer<typeof JobStateSchema>;

const WorkSchema = z.strictObject({
  images: z.int().nonnegative(),
  imagesRead: z.int().nonnegative(),
  renditions: z.int().nonnegative(),
  receipts: z.int().nonnegative(),
  computeMs: z.int().nonnegative(),
});
export type Work = z.infer<typeof WorkSchema>;

/** status.json of a job: touched once for each folded part, so that no key is hot. The collector's, by If-Match. */
export const JobStatusSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  state: JobStateSchema,
  /** Numbers of the folded parts. */
  foldedParts: PartRunsSchema,
  /** Sums over the folded parts. */
  counts: CountsSchema,
  /** What they cost is reckoned from; sums as well. */
  work: WorkSchema.optional(),
});
export type JobStatus = z.infer<typeof JobStatusSchema>;
