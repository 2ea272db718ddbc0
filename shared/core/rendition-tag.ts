import { z } from 'zod';
import { shortHash } from './hash.ts';
import { formatTaggedSource, parseTaggedSource, type TaggedSource } from './tagged-source.ts';

/** Raising it renders everything anew: for a change that makes other bytes out of the same recipe. */
const cacheEpoch = '1';

/**
 * What the bytes of a rendition depend on: the source's bytes, the recipe's part of it, and the cache epoch. The engine's
 * version is recorded instead of hashed, so that an update of sharp does not render millions of images again (design 4.3).
 *
 * @param sourceVersion versionId or ETag of the source
 * @param fingerprint of the rendition within its recipe
 */
export function idempotencyKey(sourceVersion: string, fingerprint: string): string {
  return shortHash(cacheEpoch, sourceVersion, fingerprint);
}

/** Name of the user metadata field (`x-amz-meta-…`) that marks an object as made by Fanlight: an output fed back in is recognised by it. */
export const lineageField = 'fanlight-lineage';
/** Version of the tag. An unknown one counts as no tag: the rendition is made again. */
const lineage = '1';

/** One entry of the list on an image's last written rendition. Short names: user metadata holds 2 KB in all. */
const TaggedRenditionSchema = z.tuple([
  /** File name. */ z.string(),
  /** Idempotency key. */ z.string(),
  /** Width and height in pixels, bytes. */ z.int().positive(),
  z.int().positive(),
  z.int().positive(),
]);
export type TaggedRendition = z.infer<typeof TaggedRenditionSchema>;

/** Bytes of a list in S3's 2,048 for all user metadata, names included; the other fields take less than 240. */
const maxListBytes = 1_800;
/** Of an entry beside its file name: the idempotency key, three numbers of 5, 5 and 12 digits, and JSON's punctuation. */
const entryBytes = 24 + 22 + 12;

/**
 * Cuts an image's renditions, in order, into runs whose list fits into one object's metadata; the last of a run carries the
 * list of the run. Only the recipe decides, so that a later run looks at the same objects. Up to 25 files are one run.
 */
export function tagRuns<Item extends { readonly fileName: string }>(items: readonly Item[]): Item[][] {
  const runs: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    const itemBytes = item.fileName.length + entryBytes;
    const current = runs.at(-1);
    if (current === undefined || bytes + itemBytes > maxListBytes) {
      runs.push([item]);
      bytes = itemBytes;
    } else {
      current.push(item);
      bytes += itemBytes;
    }
  }
  return runs;
}

/** User metadata of a rendition. `renditions` is on the last of each run ({@link tagRuns}): one HEAD tells of all. */
export interface RenditionTag {
  readonly key: string;
  readonly job: string;
  readonly source: TaggedSource;
  readonly renditions?: readonly TaggedRendition[] | undefined;
}

export function formatRenditionTag(tag: RenditionTag): Record<string, string> {
  return {
    [lineageField]: lineage,
    'fanlight-key': tag.key,
    'fanlight-job': tag.job,
    'fanlight-source': formatTaggedSource(tag.source),
    ...(tag.renditions === undefined ? {} : { 'fanlight-renditions': JSON.stringify(tag.renditions) }),
  };
}

/** Undefined for an object that Fanlight did not write, or whose list cannot be read: then it is rendered again. */
export function parseRenditionTag(metadata: Readonly<Record<string, string>> | undefined): RenditionTag | undefined {
  const { 'fanlight-key': key, 'fanlight-job': job, 'fanlight-renditions': list } = metadata ?? {};
  const source = parseTaggedSource(metadata?.['fanlight-source']);
  if (metadata?.[lineageField] !== lineage || key === undefined || job === undefined || source === undefined)
    return undefined;
  if (list === undefined) return { key, job, source };
  try {
    const renditions = z.array(TaggedRenditionSchema).safeParse(JSON.parse(list));
    return renditions.success ? { key, job, source, renditions: renditions.data } : undefined;
  } catch {
    return undefined;
  }
}
