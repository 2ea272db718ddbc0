import type { S3Client } from '@aws-sdk/client-s3';
import { isConditionalConflict, isMissing, isPreconditionFailed } from '../../shared/aws/aws-error.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { laterOf, supersedes, type TaggedSource } from '../../shared/core/tagged-source.ts';
import type { PinnedSource } from './pinned-source.ts';
import { lookAtPlace, type Place, type StoredRendition } from './stored-rendition.ts';
import { Unavailable } from './unavailable.ts';

/** Where the renditions of one version of an image go. */
export interface Destination {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly source: PinnedSource;
  /** By key: what was found there, or is believed. What is missing has to be looked at before it is written. */
  readonly places: ReadonlyMap<string, Place>;
  readonly signal: AbortSignal;
}

/** The condition of a write, and the source that its tag is to name. */
export interface ConditionalWrite {
  readonly condition: { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };
  readonly source: TaggedSource;
  /** What is replaced. */
  readonly replaced: Place;
}

/** Each round is lost to another writer of the same key, and few deliveries work on one object at a time. */
const maxRounds = 10;

function lostRace(error: unknown): boolean {
  // 404: what If-Match named was deleted meanwhile.
  return isPreconditionFailed(error) || isConditionalConflict(error) || isMissing(error);
}

/** For `catch` of a conditional write: its condition may not have held; any other error of S3 is one of these. */
export function throwUnlessLost(kind: typeof Unavailable): (error: unknown) => never {
  return (error) => {
    throw lostRace(error) ? error : new kind(error);
  };
}

/** For a source whose renditions would replace those of a newer version. */
export function newerIsRendered(): FanlightError {
  return new FanlightError('SOURCE_CHANGED', 'a newer version of the object is already rendered');
}

async function refuseOlder({ source, signal }: Destination, { tag }: StoredRendition): Promise<void> {
  const newer = tag === undefined || supersedes(source.identity, tag.source);
  if (newer === true) return;
  // Only S3 knows: dates have a second's resolution, and that of a multipart upload is the date of its beginning.
  if (newer === false || !(await source.isCurrent(signal))) throw newerIsRendered();
}

/**
 * Writes a rendition unless there is one of a newer version of the same object, whoever else writes at the same time: each
 * write names what it replaces, so that between looking and writing nothing can come in unseen. Where the place is empty as
 * believed, it is the one request that it would be without (design 4.3).
 *
 * @throws FanlightError SOURCE_CHANGED; Unavailable; what `write` throws
 */
export async function writeIfNewest(
  destination: Destination,
  key: string,
  write: (how: ConditionalWrite) => Promise<unknown>,
): Promise<void> {
  const { s3, bucket, places, signal } = destination;
  const look = () => lookAtPlace(s3, bucket, key, signal);
  let place = places.get(key) ?? (await look());
  for (let round = 1; round <= maxRounds; round++) {
    if (place !== 'empty') await refuseOlder(destination, place);
    try {
      await write(conditionalWrite(destination.source.identity, place));
      return;
    } catch (error) {
      if (!lostRace(error)) throw error;
    }
    place = await look();
  }
  throw new Unavailable(new Error(`a rendition was replaced ${maxRounds} times meanwhile`));
}

function conditionalWrite(source: TaggedSource, replaced: Place): ConditionalWrite {
  if (replaced === 'empty') return { condition: { IfNoneMatch: '*' }, source, replaced };
  return { condition: { IfMatch: replaced.etag }, source: laterOf(source, replaced.tag?.source), replaced };
}
