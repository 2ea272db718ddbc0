import { GetObjectCommand } from '@aws-sdk/client-s3';
import { sourceReadError } from '../../shared/aws/aws-error.ts';
import type { Route } from '../../shared/core/deployment.ts';
import { smallerBudget } from '../../shared/core/budget.ts';
import { durationMsOf } from '../../shared/core/duration.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { jobIdOf, type Job, type JobUpload } from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import { locationOf, parseManifest, type Manifest, type ManifestSource } from '../../shared/core/manifest.ts';
import { renditionsPrefix } from '../../shared/core/output-key.ts';
import { recipeHash } from '../../shared/core/recipe.ts';
import type { UploadEvent } from '../../shared/core/upload-event.ts';
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

/** A manifest may name what the deployment lets it read, and nothing that this stack writes: its uploader is not trusted (field note 17). */
function checkBuckets(splitter: Splitter, sources: readonly ManifestSource[]): void {
  const readable = new Set([splitter.uploadsBucket, ...splitter.sourceBuckets]);
  readable.delete(splitter.store.bucket);
  for (const [index, source] of sources.entries()) {
    const { bucket } = locationOf(source);
    if (readable.has(bucket)) continue;
    throw new FanlightError(
      'ACCESS_DENIED',
      `sources[${index}]: the stack may read ${[...readable].join(', ')} only (given bucket ${bucket})`,
      { path: `sources[${index}]` },
    );
  }
}

function deadlineOf({ eventTime }: UploadEvent, { deadline }: Manifest): string {
  return new Date(Date.parse(eventTime) + (durationMsOf(deadline) ?? limits.maxDeadlineMs)).toISOString();
}

/**
 * Reads a manifest and resolves it to a job, which is not stored yet.
 *
 * @throws FanlightError permanent when the manifest cannot become a job, transient when S3 is not available
 */
export async function acceptManifest(splitter: Splitter, upload: UploadEvent, route: Route): Promise<Job> {
  const manifest = parseManifest(await readManifest(splitter, upload));
  const recipe = resolveRecipe(splitter.deployment, manifest.recipe ?? route.recipe);
  checkBuckets(splitter, manifest.sources);
  const { key } = manifest.output;
  const output = { prefix: route.output.prefix + manifest.output.prefix, ...(key === undefined ? {} : { key }) };
  return {
    v: 1,
    job: jobIdOf(upload, recipeHash(recipe)),
    upload: jobUploadOf(upload),
    route: route.prefix,
    recipe,
    sources: manifest.sources,
    output,
    fresh: await splitter.store.isEmpty(renditionsPrefix + output.prefix),
    force: manifest.force,
    tolerateFailedPercent: manifest.tolerateFailedPercent,
    budget: smallerBudget(manifest.budget, splitter.deployment.budget ?? {}),
    deadlineAt: deadlineOf(upload, manifest),
    createdAt: upload.eventTime,
  };
}
