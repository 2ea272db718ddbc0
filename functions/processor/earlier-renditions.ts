import type { S3Client } from '@aws-sdk/client-s3';
import type { RenditionResult } from '../../shared/core/outcome.ts';
import { tagRuns } from '../../shared/core/rendition-tag.ts';
import { isOlder, supersedes, type TaggedSource } from '../../shared/core/tagged-source.ts';
import type { PlannedRendition } from './planned-rendition.ts';
import { lookAtPlace, type Place } from './stored-rendition.ts';
import { newerIsRendered } from './write-if-newest.ts';

/** What the results bucket holds already of one image. */
export interface EarlierRenditions {
  /** By file name: those made of the same bytes by the same part of a recipe. */
  readonly current: ReadonlyMap<string, RenditionResult>;
  /** Jobs that wrote the lists; a shard's id where there was no job. */
  readonly jobs: ReadonlySet<string>;
  /** By key: what lies there, as far as it was looked for or is believed. */
  readonly places: ReadonlyMap<string, Place>;
}

/** For what was not looked for: nothing is known to be there. */
export const unknownRenditions: EarlierRenditions = { current: new Map(), jobs: new Set(), places: new Map() };

/** For what need not be looked for: nothing is believed to be there. */
export function believedAbsent(planned: readonly PlannedRendition[]): EarlierRenditions {
  return { ...unknownRenditions, places: emptyPlaces(planned) };
}

const emptyPlaces = (planned: readonly PlannedRendition[]): Map<string, Place> =>
  new Map(planned.map(({ key }): [string, Place] => [key, 'empty']));

/**
 * Looks at the last rendition of each run, which lists the others: one HEAD for an ordinary recipe.
 *
 * @throws FanlightError SOURCE_CHANGED when they are of a newer version of the source; Unavailable
 */
export async function findEarlierRenditions(
  s3: S3Client,
  bucket: string,
  source: TaggedSource,
  planned: readonly PlannedRendition[],
  signal: AbortSignal,
): Promise<EarlierRenditions> {
  const current = new Map<string, RenditionResult>();
  const jobs = new Set<string>();
  const places = new Map<string, Place>();
  for (const run of tagRuns(planned)) {
    const lastKey = run.at(-1)?.key ?? '';
    const place = await lookAtPlace(s3, bucket, lastKey, signal);
    if (place === 'empty') for (const [key, empty] of emptyPlaces(run)) places.set(key, empty);
    else places.set(lastKey, place);
    const tag = place === 'empty' ? undefined : place.tag;
    if (tag === undefined) continue;
    if (supersedes(source, tag.source) === false) throw newerIsRendered();
    jobs.add(tag.job);
    // The same bytes by an earlier event: an event between the two may still be at work, and would not see that it is older.
    if (isOlder(tag.source, source)) continue;
    for (const { spec, fileName, key, idempotencyKey } of run) {
      const listed = tag.renditions?.find(([name, writtenKey]) => name === fileName && writtenKey === idempotencyKey);
      if (listed === undefined) continue;
      const [, , width, height, bytes] = listed;
      current.set(fileName, { name: spec.name, key, format: spec.format, width, height, bytes });
    }
  }
  return { current, jobs, places };
}
