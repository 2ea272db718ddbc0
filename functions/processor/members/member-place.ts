import { limits } from '../../../shared/core/limits.ts';
import type { Entry, Source } from '../../../shared/core/source.ts';
import { pinnedObject, type PinnedObject } from '../pinned-object.ts';

/** An object that bytes are cut from. */
export interface CutObject {
  readonly bucket: string;
  readonly key: string;
  /** What every GET is pinned to; nothing for an object that is written once. */
  readonly pin: PinnedObject['pin'] | Record<string, never>;
}

/** A member of an archive, and where its bytes lie. */
export interface PlacedMember {
  readonly ordinal: number;
  readonly entry: Entry;
  /** Unpacked: what the image itself weighs, whatever is transferred. */
  readonly sizeBytes: number;
  readonly archive: PinnedObject;
  /** The archive, or an object of unpacked members. */
  readonly object: CutObject;
  /** First byte, of its header if it has one. */
  readonly start: number;
  /** Exclusive; of a zip's member, if its local header is as long as expected. */
  readonly end: number;
}

/** What the plan says of a member; undefined for what is none, or whose archive, version or size the plan does not name. */
export function placeMember(source: Source, resultsBucket: string): PlacedMember | undefined {
  const { ordinal, entry, size: sizeBytes } = source;
  const archive = pinnedObject(source);
  if (entry === undefined || sizeBytes === undefined || archive === undefined) return undefined;
  const common = { ordinal, entry, sizeBytes, archive };
  const { offset } = entry;
  if (entry.format === 'zip')
    return { ...common, object: archive, start: offset, end: offset + entry.headerBytes + entry.storedBytes };
  if (entry.scratch === undefined) return { ...common, object: archive, start: offset, end: offset + sizeBytes };
  const { key, offset: start } = entry.scratch;
  return { ...common, object: { bucket: resultsBucket, key, pin: {} }, start, end: start + sizeBytes };
}

/** Others fail without being read. */
export function isReadable({ sizeBytes }: PlacedMember): boolean {
  return sizeBytes > 0 && sizeBytes <= limits.maxImageBytes;
}
