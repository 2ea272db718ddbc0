import { z } from 'zod';

/** Which bytes are meant: a GET is pinned to them, by versionId or else by If-Match on the ETag. */
export const SourceVersionSchema = z.strictObject({
  /** Without quotes, as events have it. */
  etag: z.string().optional(),
  versionId: z.string().optional(),
  /** Of the S3 event: orders the versions of one key; compared as right-padded hex. */
  sequencer: z.string().optional(),
});

/** One image to be rendered, as a shard carries it. */
export const SourceSchema = z.strictObject({
  /** Number within the part, from 0. */
  ordinal: z.int().nonnegative(),
  /** `source` of the result line: the key relative to what the job names, `/`-separated. */
  name: z.string(),
  bucket: z.string(),
  key: z.string(),
  version: SourceVersionSchema,
  /** Bytes; absent when the job names the object without a listing. */
  size: z.int().nonnegative().optional(),
  /** Claims to be an image, by its name or because a list names it: then not being one is a failure, not a stray. */
  claimed: z.boolean(),
  /** Deliveries in which this image was tried before. */
  attempts: z.int().nonnegative().default(0),
});
export type Source = z.infer<typeof SourceSchema>;

const imageExtensions =
  /\.(jpe?g|jpe|jfif|png|webp|gif|avif|heic|heif|tiff?|bmp|svg|jp2|jxl|ico|psd|raw|dng|cr2|nef|arw)$/i;

/** Whether a name claims to be an image. Used for strays in folders and archives only; what to decode is decided by the bytes. */
export function claimsToBeImage(name: string): boolean {
  return imageExtensions.test(name);
}
