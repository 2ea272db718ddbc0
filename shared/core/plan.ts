import { z } from 'zod';
import { FanlightError } from './errors.ts';
import { PredictionSchema, type JobUpload, type Seal } from './job.ts';
import { limits } from './limits.ts';
import { FailureSchema } from './outcome.ts';
import { parseDocument } from './parse-document.ts';
import { ShardSchema, type Shard } from './shard.ts';
import type { Source } from './source.ts';
import { shardId } from './state-key.ts';
import { workPredictor } from './work.ts';

/**
 * Where the next part starts: the manifest's source by index, and the last key taken from its listing. In a retry the parent's part, and
 * the last ordinal taken from it.
 */
export const CursorSchema = z.strictObject({ source: z.int().nonnegative(), after: z.string().optional() });
export type Cursor = z.infer<typeof CursorSchema>;

const PlanSumsSchema = z.strictObject({
  shards: z.int().nonnegative(),
  images: z.int().nonnegative(),
  /** Of the sources whose size is known. */
  bytes: z.int().nonnegative(),
});

/** First line of plan.jsonl. Holds no time and no random value: planning again gives the same bytes. */
export const PartHeaderSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  part: z.int().nonnegative(),
  ...PlanSumsSchema.shape,
  /** Sums of this and all earlier parts: the newest part tells all about the plan, however many there are. */
  total: PlanSumsSchema.extend(PredictionSchema.shape),
  start: CursorSchema,
  /** Null in the last part of a job. */
  next: CursorSchema.nullable(),
  /** Why the plan ends here, before its sources do. */
  error: FailureSchema.optional(),
});
export type PartHeader = z.infer<typeof PartHeaderSchema>;

/** A planned part: the header, and the messages exactly as they are sent. */
export interface Part {
  readonly header: PartHeader;
  readonly shards: readonly Shard[];
}

/** What packing aims at. Predicted work decides, not the count of images. */
export interface PackingTarget {
  /** Most work of one shard, in ms of one vCPU. An image above it is alone in its shard. */
  readonly maxShardWorkMs: number;
  /** Shards that a part is cut into when there is work for them, so that small jobs use several environments. */
  readonly parallelism: number;
}

/** 10 s of work amortise a shard's six requests to below 1 % of its price; 50 is the default maximum concurrency. */
export const defaultPacking: PackingTarget = { maxShardWorkMs: 10_000, parallelism: 50 };

/** A shard below this is mostly overhead. */
const minShardWorkMs = 400;

/** What all shards of a part have in common. */
export type ShardTemplate = Omit<Shard, 'shard' | 'sources' | 'partImages'>;

/** Cuts numbered sources into shards by predicted work, in order, within the limits on images and message bytes. */
export function packShards(
  template: ShardTemplate,
  sources: readonly Source[],
  target: PackingTarget = defaultPacking,
): Shard[] {
  const predict = workPredictor(template.recipe);
  const works = sources.map((source) => predict(source.size));
  const total = works.reduce((a, b) => a + b, 0);
  const shardWorkMs = Math.min(target.maxShardWorkMs, Math.max(minShardWorkMs, total / target.parallelism));
  const envelopeBytes = envelopeBytesOf(template);

  const groups: Source[][] = [];
  let workMs = 0;
  let bytes = 0;
  for (const [index, source] of sources.entries()) {
    const sourceBytes = Buffer.byteLength(JSON.stringify(source)) + 1;
    const current = groups.at(-1);
    const full =
      current === undefined ||
      workMs + (works[index] ?? 0) > shardWorkMs ||
      bytes + sourceBytes > limits.maxShardBytes ||
      current.length >= limits.maxImagesPerShard;
    if (full) {
      groups.push([source]);
      workMs = 0;
      bytes = envelopeBytes;
    } else current.push(source);
    workMs += works[index] ?? 0;
    bytes += sourceBytes;
  }
  return groups.map((group, index) => ({
    ...template,
    shard: shardId(index),
    partImages: sources.length,
    sources: group,
  }));
}

/** How many bytes of a message are not its sources. */
export function envelopeBytesOf(template: ShardTemplate): number {
  return Buffer.byteLength(JSON.stringify(template)) + 100;
}

/** The seal of a plan whose last part is given. An empty last part is a mark of the end and counts as none. */
export function sealOf(upload: JobUpload, last: PartHeader): Seal {
  return {
    v: 1,
    job: last.job,
    upload,
    parts: last.images === 0 ? last.part : last.part + 1,
    ...last.total,
    ...(last.error === undefined ? {} : { error: last.error }),
  };
}

/** One header line, then one line for each shard: the message as it is sent. */
export function serializePart(part: Part): string {
  return [part.header, ...part.shards].map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function parsePartHeader(line: string): PartHeader {
  return parseDocument(PartHeaderSchema, line, 'the header of a plan part');
}

/** @throws FanlightError INTERNAL when a stored plan is not what {@link serializePart} writes */
export function parsePart(text: string): Part {
  const [headerLine = 'null', ...shardLines] = text.split('\n').filter((line) => line !== '');
  const header = parsePartHeader(headerLine);
  const shards = shardLines.map((line) =>
    parseDocument(ShardSchema, line, `a shard of plan part ${header.part} of job ${header.job}`),
  );
  if (shards.length !== header.shards)
    throw new FanlightError(
      'INTERNAL',
      `plan part ${header.part} of job ${header.job} holds ${shards.length} shards (its header says ${header.shards})`,
    );
  return { header, shards };
}
