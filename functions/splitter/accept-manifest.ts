import { GetObjectCommand } from '@aws-sdk/client-s3';
import { sourceReadError } from '../../shared/aws/aws-error.ts';
import type { Route } from '../../shared/core/deployment.ts';
import { smallerBudget } from '../../shared/core/budget.ts';
import { durationMsOf } from '../../shared/core/duration.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { jobIdOf, type Job, type JobUpload } from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import { parseManifest, type Manifest } from '../../shared/core/manifest.ts';
import { renditionsPrefix } from '../../shared/core/output-key.ts';
import { recipeHash } from '../../shared/core/recipe.ts';
import type { UploadEvent } from '../../shared/core/upload-event.ts';
import { readParent } from './parent-job.ts';
import { checkBuckets } from './readable-buckets.ts';
import { resolveRecipe } from './resolve-recipe.ts';
import type { Splitter } from './splitter.ts';

export function jobUploadOf({ bucket, key, etag, sequencer }: UploadEvent): JobUpload {
  return { bucket, key, etag, sequencer };
}

function checkSize(sizeBytes: number): void {
  if (sizeBytes <= limits.maxManifestBytes) return;
  throw new FanlightError(
    'INVALID_MANIFEST',
    `a manifest has at most ${limits.maxManifestBytes} bytes (given ${sizeBytes})`,
  );
}

async function readManifest(splitter: Splitter, { bucket, key, etag, sizeBytes }: UploadEvent): Promise<string> {
  checkSize(sizeBytes);
  try {
    const request = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"` });
    const { Body } = await splitter.s3.send(request);
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    throw sourceReadError(error);
  }
}

function deadlineOf({ eventTime }: UploadEvent, { deadline }: Manifest): string {
  return new Date(Date.parse(eventTime) + (durationMsOf(deadline) ?? limits.maxDeadlineMs)).toISOString();
}

/** What a job is made of: what its manifest says, or its parent. */
type Content = Pick<Job, 'recipe' | 'sources' | 'output' | 'force' | 'parent'>;

function newContent(splitter: Splitter, manifest: Manifest, route: Route): Content {
  const recipe = resolveRecipe(splitter.deployment, manifest.recipe ?? route.recipe);
  const { output, sources = [], force } = manifest;
  const { key } = output;
  const target = { prefix: route.output.prefix + output.prefix, ...(key === undefined ? {} : { key }) };
  return { recipe, sources, output: target, force };
}

async function retryContent(splitter: Splitter, parentJob: string, manifest: Manifest, route: Route): Promise<Content> {
  const { recipe, sources, output, force } = await readParent(splitter, parentJob, route);
  return { recipe, sources, output, force: force || manifest.force, parent: parentJob };
}

/**
 * Reads a manifest and resolves it to a job, which is not stored yet.
 *
 * @throws FanlightError permanent when the manifest cannot become a job, transient when S3 is not available
 */
export async function acceptManifest(splitter: Splitter, upload: UploadEvent, route: Route): Promise<Job> {
  const manifest = parseManifest(await readManifest(splitter, upload));
  const content =
    manifest.retry === undefined
      ? newContent(splitter, manifest, route)
      : await retryContent(splitter, manifest.retry.job, manifest, route);
  checkBuckets(splitter, content.sources);
  return {
    v: 1,
    job: jobIdOf(upload, recipeHash(content.recipe)),
    upload: jobUploadOf(upload),
    route: route.prefix,
    ...content,
    fresh: await splitter.store.isEmpty(renditionsPrefix + content.output.prefix),
    tolerateFailedPercent: manifest.tolerateFailedPercent,
    budget: smallerBudget(manifest.budget, splitter.deployment.budget ?? {}),
    deadlineAt: deadlineOf(upload, manifest),
    createdAt: upload.eventTime,
  };
}
