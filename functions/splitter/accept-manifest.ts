import { GetObjectCommand } from '@aws-sdk/client-s3';
import { sourceReadError } from '../../shared/aws/aws-error.ts';
import type { Route } from '../../shared/core/deployment.ts';
import { smallerBudget } from '../../shared/core/budget.ts';
import { durationMsOf } from '../../shared/core/duration.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { jobIdOf, type Job, type JobUpload } from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import { canonicalJson } from '../../shared/core/hash.ts';
import type { ManifestSource } from '../../shared/core/manifest-sources.ts';
import { ManifestSchema, parseManifest, type Manifest } from '../../shared/core/manifest.ts';
import { renditionsPrefix } from '../../shared/core/output-key.ts';
import { recipeHash } from '../../shared/core/recipe.ts';
import type { UploadEvent } from '../../shared/core/upload-event.ts';
import { readParent } from './parent-job.ts';
import { checkSources } from '../../shared/core/source-policy.ts';
import type { Target } from '../../shared/core/shard.ts';
import { policyOf } from './policy.ts';
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
type Content = Pick<Job, 'recipe' | 'sources' | 'targets' | 'relativeTo' | 'output' | 'force' | 'parent'>;

/** A manifest's output prefix is relative to its route's. */
function outputOf(route: Route, { prefix, key }: Manifest['output']): Target['output'] {
  return { prefix: route.output.prefix + prefix, ...(key === undefined ? {} : { key }) };
}

/** Sources with what they have of their own resolved: each recipe and output once, numbered from 1 on. */
function resolveTargets(
  splitter: Splitter,
  sources: readonly ManifestSource[],
  route: Route,
  own: Target,
): Pick<Job, 'sources' | 'targets'> {
  const targets: Target[] = [];
  const numbers = new Map([[canonicalJson(own), 0]]);
  const resolved = sources.map(({ recipe, output, ...source }, index) => {
    if (recipe === undefined && output === undefined) return source;
    const target = {
      recipe:
        recipe === undefined ? own.recipe : resolveRecipe(splitter.deployment, recipe, `sources[${index}].recipe`),
      output: output === undefined ? own.output : outputOf(route, output),
    };
    const json = canonicalJson(target);
    const number = numbers.get(json) ?? targets.push(target);
    numbers.set(json, number);
    return number === 0 ? source : { ...source, target: number };
  });
  return { sources: resolved, ...(targets.length === 0 ? {} : { targets }) };
}

function newContent(splitter: Splitter, manifest: Manifest, route: Route): Content {
  const recipe = resolveRecipe(splitter.deployment, manifest.recipe ?? route.recipe);
  const output = outputOf(route, manifest.output);
  const { sources = [], force, relativeTo } = manifest;
  const resolved = resolveTargets(splitter, sources, route, { recipe, output });
  checkSources(policyOf(splitter), resolved.sources);
  return { recipe, output, ...resolved, force, ...(relativeTo === undefined ? {} : { relativeTo }) };
}

async function retryContent(splitter: Splitter, parentJob: string, manifest: Manifest, route: Route): Promise<Content> {
  const { recipe, sources, targets, output, force } = await readParent(splitter, parentJob, route);
  checkSources(policyOf(splitter), sources);
  const own = targets === undefined ? {} : { targets };
  return { recipe, sources, ...own, output, force: force || manifest.force, parent: parentJob };
}

/** Nobody has to look for earlier renditions where all output prefixes are empty. */
async function isFresh({ store }: Splitter, { output, targets = [] }: Content): Promise<boolean> {
  const prefixes = new Set([output, ...targets.map((target) => target.output)].map(({ prefix }) => prefix));
  for (const prefix of prefixes) if (!(await store.isEmpty(renditionsPrefix + prefix))) return false;
  return true;
}

async function newJob(
  splitter: Splitter,
  upload: UploadEvent,
  route: Route,
  content: Content,
  manifest: Manifest,
): Promise<Job> {
  return {
    v: 1,
    job: jobIdOf(upload, recipeHash(content.recipe)),
    upload: jobUploadOf(upload),
    route: route.prefix,
    ...content,
    fresh: await isFresh(splitter, content),
    tolerateFailedPercent: manifest.tolerateFailedPercent,
    budget: smallerBudget(manifest.budget, splitter.deployment.budget ?? {}),
    deadlineAt: deadlineOf(upload, manifest),
    createdAt: upload.eventTime,
  };
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
  return newJob(splitter, upload, route, content, manifest);
}

/** The job of an archive that was dropped: what a manifest with this one source would ask for. */
export async function acceptArchive(splitter: Splitter, upload: UploadEvent, route: Route): Promise<Job> {
  const manifest = ManifestSchema.parse({ sources: [{ archive: `s3://${upload.bucket}/${upload.key}` }] });
  return newJob(splitter, upload, route, newContent(splitter, manifest, route), manifest);
}
