import { z } from 'zod';
import { FailureSchema, SkipReasonSchema } from './outcome.ts';

/** Which bytes are meant: a GET is pinned to them, by versionId or else by If-Match on the ETag. */
export const SourceVersionSchema = z.strictObject({
  /** Without quotes, as events have it. */
  etag: z.string().optional(),
  versionId: z.string().optional(),
  /** Of the S3 event: orders the versions of one key; compared as right-padded hex. */
  sequencer: z.string().optional(),
});

const bytes = z.int().nonnegative();
const uint32 = z.int().min(0).max(0xffffffff);

/**
 * Where the bytes of an archive's member lie. Bucket, key and version of its source name the archive, its size is that of the
 * unpacked member.
 */
export const EntrySchema = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal('zip'),
    /** Of the local header, from the archive's start. */
    offset: bytes,
    /** Of the local header with name and extra field, if it is as the central directory lets one expect. */
    headerBytes: bytes,
    /** As stored, that is, compressed. */
    storedBytes: bytes,
    method: z.enum(['store', 'deflate']),
    crc32: uint32,
    /** CRC-32 of the raw name, which the local header has to repeat. */
    nameCrc32: uint32,
  }),
  z.strictObject({
    format: z.literal('tar'),
    /** Of the data, from the start of the tar, unpacked if it is compressed. */
    offset: bytes,
    /** Of a compressed tar: where the member lies unpacked, in the results bucket. */
    scratch: z.strictObject({ key: z.string(), offset: bytes }).optional(),
  }),
]);
export type Entry = z.infer<typeof EntrySchema>;

/** An outcome that was known when the image was planned: it is recorded without anything being read. */
export const VerdictSchema = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('failed'), error: FailureSchema }),
  z.strictObject({ status: z.literal('skipped'), reason: SkipReasonSchema }),
]);
export type Verdict = z.infer<typeof VerdictSchema>;

/** One image to be rendered, as a shard carries it. */
export const SourceSchema = z.strictObject({
  /** Number within the part, from 0. */
  ordinal: z.int().nonnegative(),
  /** `source` of the result line: the key relative to what the job names, `/`-separated. */
  name: z.string(),
  /** Empty where `url` says what is read. */
  bucket: z.string(),
  key: z.string(),
  version: SourceVersionSchema,
  /** Bytes; absent when the job names the object without a listing. */
  size: bytes.optional(),
  entry: EntrySchema.optional(),
  /** An https URL. */
  url: z.string().optional(),
  verdict: VerdictSchema.optional(),
  /** Claims to be an image, by its name or because a list names it: then not being one is a failure, not a stray. */
  claimed: z.boolean(),
  /** Deliveries in which this image was tried before. */
  attempts: z.int().nonnegative().default(0),
});
export type Source = z.infer<typeof SourceSchema>;

const imageExtensions =
  /\.(jpe?g|jpe|jfif|png|webp|gif|avif|heic|heif|tiff?|bmp|svg|jp2|jxl|ico|psd|raw|dng|cr2|nef|arw)$/i;

/** macOS puts resource forks beside files, named after them: `._photo.jpg`. */
const resourceFork = /(^|\/)\._[^/]*$/;

/** Whether a name claims to be an image. Used for strays in folders and archives only; what to decode is decided by the bytes. */
export function claimsToBeImage(name: string): boolean {
  return imageExtensions.test(name) && !resourceFork.test(name);
}
