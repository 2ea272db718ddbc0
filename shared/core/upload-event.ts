import { z } from 'zod';
import { decodeFormKey } from './form-key.ts';
import { versionOf } from './parse-document.ts';
import { parseJson } from './parse-json.ts';

/** An object created in the uploads bucket, as its event tells. `key` is decoded. */
export interface UploadEvent {
  readonly bucket: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly versionId?: string | undefined;
  readonly sequencer: string;
  /** ISO 8601, UTC. */
  readonly eventTime: string;
}

/** Message by which the splitter asks for another invocation of itself: the plan is longer than one allows. */
export const ContinuationSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('continue'),
  job: z.string(),
  /** First part that is not known to be planned and sent. */
  part: z.int().nonnegative(),
  /** Continuations in a row before this one that planned no new part; above limits.maxHops the plan ends with an error. */
  hop: z.int().nonnegative(),
});
export type Continuation = z.infer<typeof ContinuationSchema>;

// Loose on purpose: AWS adds fields to its events without notice.
const S3RecordSchema = z.object({
  eventSource: z.literal('aws:s3'),
  eventName: z.string(),
  eventTime: z.iso.datetime(),
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.int().nonnegative().default(0),
      eTag: z.string().default(''),
      versionId: z.string().optional(),
      sequencer: z.string().default(''),
    }),
  }),
});
const S3EnvelopeSchema = z.object({ Records: z.array(z.unknown()) });
const TestEventSchema = z.object({ Service: z.literal('Amazon S3'), Event: z.literal('s3:TestEvent') });

/** What one message of the uploads queue holds. `ignored` is acknowledged and counted, never sent to the dead-letter queue. */
export type UploadsMessage =
  | { kind: 'uploads'; uploads: UploadEvent[]; ignored: string[] }
  | { kind: 'continue'; continuation: Continuation }
  | { kind: 'ignored'; reason: string }
  /** A message of another version of Fanlight: not to be lost. */
  | { kind: 'unknown-version'; version: number };

function parseRecord(record: unknown): UploadEvent | string {
  const parsed = S3RecordSchema.safeParse(record);
  if (!parsed.success) return 'record of an unknown shape';
  const { eventName, eventTime, s3 } = parsed.data;
  if (!eventName.startsWith('ObjectCreated:')) return `event ${eventName}`;
  let key: string;
  try {
    key = decodeFormKey(s3.object.key);
  } catch {
    return 'key that is not percent-encoded';
  }
  if (key.endsWith('/')) return 'folder marker';
  const { size, eTag, versionId, sequencer } = s3.object;
  return { bucket: s3.bucket.name, key, sizeBytes: size, etag: eTag, versionId, sequencer, eventTime };
}

/** Reads a message body; nothing throws, because a message that cannot be read can never be read later either. */
export function parseUploadsMessage(body: string): UploadsMessage {
  const document = parseJson(body);
  if (document === undefined) return { kind: 'ignored', reason: 'no JSON' };
  const continuation = ContinuationSchema.safeParse(document);
  if (continuation.success) return { kind: 'continue', continuation: continuation.data };
  const version = versionOf(document);
  if (version !== undefined) return { kind: 'unknown-version', version };
  if (TestEventSchema.safeParse(document).success) return { kind: 'ignored', reason: 's3:TestEvent' };
  const envelope = S3EnvelopeSchema.safeParse(document);
  if (!envelope.success) return { kind: 'ignored', reason: 'message of an unknown shape' };
  const records = envelope.data.Records.map(parseRecord);
  return {
    kind: 'uploads',
    uploads: records.filter((record) => typeof record !== 'string'),
    ignored: records.filter((record) => typeof record === 'string'),
  };
}
