import { z } from 'zod';
import { SegmentSchema } from './bodies.ts';
import { ChecksumSchema } from './checksums.ts';

export const TagSchema = z.object({ Key: z.string(), Value: z.string() });
export type Tag = z.infer<typeof TagSchema>;

/** What a client says about an object beside its bytes. */
export const DescriptionSchema = z.object({
  /** Content-Type, Cache-Control, …: as given, names in lower case. */
  headers: z.record(z.string(), z.string()),
  /** `x-amz-meta-…`, without that prefix. */
  metadata: z.record(z.string(), z.string()),
  tags: z.array(TagSchema),
});
export type Description = z.infer<typeof DescriptionSchema>;

const ContentSchema = z.object({
  /** Without quotes. */
  etag: z.string(),
  size: z.number(),
  segments: z.array(SegmentSchema),
  checksum: ChecksumSchema.optional(),
});
export type Content = z.infer<typeof ContentSchema>;

export interface ObjectRecord extends Content, Description {
  /** Whole seconds count: HTTP dates have no fractions. */
  readonly modifiedMs: number;
}
