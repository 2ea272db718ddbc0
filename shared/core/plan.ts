import { z } from 'zod';
import { FanlightError } from './errors.ts';
import { PredictionSchema, type JobUpload, type Seal } from './job.ts';
import { FailureSchema } from './outcome.ts';
import { parseDocument } from './parse-document.ts';
import { ShardSchema, type Shard } from './shard.ts';

/**
 * Where the next part starts: the manifest's source by index, and how far it was read, in the words of its reader. In a retry the
 * parent's part, and the last ordinal taken from it.
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

/** A part and the messages as they are stored, which is how they are sent. */
export interface StoredPart extends Part {
  readonly messages: readonly string[];
}

/** One header line, then one line for each shard: the message as it is sent. */
export function serializePart(part: Part): string {
  return [part.header, ...part.shards].map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function parsePartHeader(line: string): PartHeader {
  return parseDocument(PartHeaderSchema, line, 'the header of a plan part');
}

/** A part that was stored as `text`. */
export function storedAs(part: Part, text: string): StoredPart {
  return { ...part, messages: linesOf(text).slice(1) };
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** @throws FanlightError INTERNAL when a stored plan is not what {@link serializePart} writes */
export function parsePart(text: string): StoredPart {
  const [headerLine = 'null', ...messages] = linesOf(text);
  const header = parsePartHeader(headerLine);
  const shards = messages.map((line) =>
    parseDocument(ShardSchema, line, `a shard of plan part ${header.part} of job ${header.job}`),
  );
  if (shards.length !== header.shards)
    throw new FanlightError(
      'INTERNAL',
      `plan part ${header.part} of job ${header.job} holds ${shards.length} shards (its header says ${header.shards})`,
    );
  return { header, shards, messages };
}
