import { z } from 'zod';
import { CountsSchema, terminalStates } from './job.ts';
import { OutcomeStatusSchema, RenditionResultSchema, SkipReasonSchema, type Outcome } from './outcome.ts';
import { ErrorCodeSchema } from './errors.ts';
import type { Receipt } from './receipt.ts';
import type { Report } from './report.ts';
import { stateKey } from './state-key.ts';

/** `source` of every event that Fanlight puts on the default event bus. docs/events.md is for those who receive them. */
export const eventSource = 'fanlight';

/** `detail-type` of the events. */
export const eventTypes = {
  jobCompleted: 'Fanlight Job Completed',
  imageCompleted: 'Fanlight Image Completed',
} as const;

const ObjectSchema = z.strictObject({ bucket: z.string(), key: z.string() });

/** `detail` of a job's event, which is sent at least once after its report is written. */
export const JobCompletedSchema = z.strictObject({
  v: z.literal(1),
  /** The same each time that the event is sent again. */
  id: z.string(),
  job: z.string(),
  state: z.enum(terminalStates),
  /** Null when the upload could not become a job. */
  recipe: z.string().nullable(),
  images: CountsSchema.extend({ total: z.int().nonnegative() }),
  /** Of sources read and renditions written. */
  bytes: z.strictObject({ in: z.int().nonnegative(), out: z.int().nonnegative() }),
  report: ObjectSchema,
  /** The job of which this one tried the failed images again. */
  parent: z.string().optional(),
});
export type JobCompleted = z.infer<typeof JobCompletedSchema>;

/** `detail` of an image's event, which is sent at least once after its outcome is durable. */
export const ImageCompletedSchema = z.strictObject({
  v: z.literal(1),
  /** The same each time that the event is sent again. */
  id: z.string(),
  /** Absent for single uploads. */
  job: z.string().optional(),
  /** Prefix of the route that accepted the upload. */
  route: z.string(),
  source: z.string(),
  status: OutcomeStatusSchema,
  /** Of a skipped image. */
  reason: SkipReasonSchema.optional(),
  /** Of a failed image. */
  code: ErrorCodeSchema.optional(),
  /** Where the renditions are. */
  bucket: z.string(),
  renditions: z.array(RenditionResultSchema),
});
export type ImageCompleted = z.infer<typeof ImageCompletedSchema>;

/** An event as it is sent; `detail` is JSON. */
export interface OutgoingEvent {
  readonly type: (typeof eventTypes)[keyof typeof eventTypes];
  readonly detail: string;
}

/** Takes events and returns when they are accepted. */
export interface EventSender {
  send(events: readonly OutgoingEvent[]): Promise<void>;
}

/** The event of a job that has its report. */
export function jobCompleted({ job, state, recipe, images, bytes, parent }: Report, bucket: string): OutgoingEvent {
  const report = { bucket, key: stateKey.reportJson(job) };
  const detail: JobCompleted = { v: 1, id: job, job, state, recipe, images, bytes, report, parent };
  return { type: eventTypes.jobCompleted, detail: JSON.stringify(detail) };
}

/** Of EventBridge's 256 KB for a request; dozens of renditions with keys of 1,024 bytes that JSON escapes may exceed it. */
const maxRenditionsBytes = 200_000;

function fitting(renditions: Outcome['renditions']): Outcome['renditions'] {
  let bytes = 0;
  return renditions.filter(
    (rendition) => (bytes += Buffer.byteLength(JSON.stringify(rendition)) + 1) <= maxRenditionsBytes,
  );
}

/** The events of the images that a receipt tells of. */
export function imagesCompleted({ job, route, part, shard, outcomes }: Receipt, bucket: string): OutgoingEvent[] {
  return outcomes.map(({ ordinal, source, status, reason, error, renditions }) => {
    const detail: ImageCompleted = {
      v: 1,
      id: job === undefined ? `${shard}/${ordinal}` : `${job}/${part}/${ordinal}`,
      ...(job === undefined ? {} : { job }),
      route,
      source,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(error === undefined ? {} : { code: error.code }),
      bucket,
      renditions: fitting(renditions),
    };
    return { type: eventTypes.imageCompleted, detail: JSON.stringify(detail) };
  });
}
