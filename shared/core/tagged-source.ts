import { shortHash } from './hash.ts';

/** Which version of which object a rendition was made of, as its tag keeps it. */
export interface TaggedSource {
  /** Hash of bucket and key. */
  readonly object: string;
  /** Hash of versionId or ETag: tells two versions apart, and not which is newer. */
  readonly version: string;
  /** Of the S3 event; a listing has none. */
  readonly sequencer?: string | undefined;
}

/** Those of S3 have 16 to 34 digits; more would not fit into a tag. */
const sequencerPattern = /^[0-9a-f]{1,40}$/i;

export function taggedSource(
  { bucket, key, version }: { readonly bucket: string; readonly key: string; readonly version: string },
  sequencer: string | undefined,
): TaggedSource {
  const ordered = sequencer !== undefined && sequencerPattern.test(sequencer);
  return { object: shortHash(bucket, key), version: shortHash(version), ...(ordered ? { sequencer } : {}) };
}

/** One line of a tag: words apart by spaces. */
export function formatTaggedSource({ object, version, sequencer }: TaggedSource): string {
  return [object, version, ...(sequencer === undefined ? [] : [sequencer])].join(' ');
}

/** Undefined for what {@link formatTaggedSource} does not write. */
export function parseTaggedSource(text: string | undefined): TaggedSource | undefined {
  const [, object, version, sequencer] = /^([0-9a-f]{24}) ([0-9a-f]{24})(?: ([0-9a-f]+))?$/i.exec(text ?? '') ?? [];
  if (object === undefined || version === undefined) return undefined;
  return { object, version, ...(sequencer === undefined ? {} : { sequencer }) };
}

/**
 * Compares sequencers of events of one key, as S3 says they are to be compared: padded with zeros on the right
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
 *
 * @returns below 0 when `a` is older, above 0 when it is newer
 */
export function compareSequencers(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const [first, second] = [a, b].map((text) => text.padEnd(length, '0').toUpperCase());
  return (first ?? '') < (second ?? '') ? -1 : Number(first !== second);
}

/** Whether `a` is known to be an older version than `b` of the same object. */
export function isOlder(a: TaggedSource, b: TaggedSource): boolean {
  if (a.object !== b.object || a.sequencer === undefined || b.sequencer === undefined) return false;
  return compareSequencers(a.sequencer, b.sequencer) < 0;
}

/**
 * Whether a rendition of `source` may take the place of one of `other`, that is, unless `other` is a newer version of the same
 * object. Undefined when they do not say.
 */
export function supersedes(source: TaggedSource, other: TaggedSource): boolean | undefined {
  if (other.object !== source.object || other.version === source.version) return true;
  if (isOlder(source, other)) return false;
  return isOlder(other, source) ? true : undefined;
}

/** The same bytes by two events are as new as the later one. */
export function laterOf(source: TaggedSource, other: TaggedSource | undefined): TaggedSource {
  if (other?.object !== source.object || other.version !== source.version) return source;
  return source.sequencer === undefined || isOlder(source, other) ? other : source;
}
