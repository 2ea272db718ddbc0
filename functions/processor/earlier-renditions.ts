import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isMissing } from '../../shared/aws/aws-error.ts';
import type { RenditionResult } from '../../shared/core/outcome.ts';
import { parseRenditionTag, tagRuns, type RenditionTag } from '../../shared/core/rendition-tag.ts';
import type { PlannedRendition } from './planned-rendition.ts';
import { Unavailable } from './unavailable.ts';

/** What the results bucket holds already of one image. */
export interface EarlierRenditions {
  /** By file name: those made of the same bytes by the same part of a recipe. */
  readonly current: ReadonlyMap<string, RenditionResult>;
  /** Jobs that wrote the lists; a shard's id where there was no job. */
  readonly jobs: ReadonlySet<string>;
}

export const noEarlierRenditions: EarlierRenditions = { current: new Map(), jobs: new Set() };

async function readTag(
  s3: S3Client,
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<RenditionTag | undefined> {
  let head: HeadObjectCommandOutput;
  try {
    head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Unavailable(error);
  }
  return parseRenditionTag(head.Metadata);
}

/**
 * Looks at the last rendition of each run, which lists the others: one HEAD for an ordinary recipe.
 *
 * @throws Unavailable
 */
export async function findEarlierRenditions(
  s3: S3Client,
  bucket: string,
  planned: readonly PlannedRendition[],
  signal: AbortSignal,
): Promise<EarlierRenditions> {
  const current = new Map<string, RenditionResult>();
  const jobs = new Set<string>();
  for (const run of tagRuns(planned)) {
    const tag = await readTag(s3, bucket, run.at(-1)?.key ?? '', signal);
    if (tag !== undefined) jobs.add(tag.job);
    for (const { spec, fileName, key, idempotencyKey } of run) {
      const listed = tag?.renditions?.find(([name, writtenKey]) => name === fileName && writtenKey === idempotencyKey);
      if (listed === undefined) continue;
      const [, , width, height, bytes] = listed;
      current.set(fileName, { name: spec.name, key, format: spec.format, width, height, bytes });
    }
  }
  return { current, jobs };
}
