import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ManifestDocument } from '../shared/client/job-client.ts';
import type { ManifestSource } from '../shared/core/manifest-sources.ts';
import { CliError } from './cli-error.ts';
import { findInputs, type Inputs } from './find-inputs.ts';
import type { JobRequest, JobWish, Overrides } from './job-request.ts';
import { loadRecipe } from './load-recipe.ts';
import { manifestRequest } from './manifest-request.ts';
import { keyPrefixBytes, newRunId } from './run-id.ts';

export interface RequestContext {
  /** What a recipe's path is relative to. */
  readonly cwd: string;
  /** Absolute paths that are this command's own output: never an input. */
  readonly exclude: readonly string[];
}

const manifestName = /\.fanlight\.json$/i;

/** Whether a path or URI is a manifest's, which is the only PATH of its job. Throws CliError USAGE when it is not the only one. */
export function isManifest(paths: readonly string[]): boolean {
  if (!paths.some((path) => manifestName.test(path))) return false;
  if (paths.length === 1) return true;
  throw new CliError('USAGE', 'a manifest is the only PATH of its job: what belongs together is listed in it');
}

/** The recipe and the bounds that a manifest is given by the command line. */
export async function overridesOf({ recipe, force, budgetUsd }: JobWish, cwd: string): Promise<Overrides> {
  return { recipe: recipe === undefined ? undefined : await loadRecipe(recipe, cwd), force, budgetUsd };
}

/**
 * Everything that can be wrong with the command line, the recipe and the inputs is found here, before anything starts.
 *
 * @param paths absolute
 * @param remote sources that are in S3 already
 * @throws CliError, FanlightError
 */
export async function readRequest(
  paths: readonly string[],
  wish: JobWish,
  { cwd, exclude }: RequestContext,
  remote: readonly ManifestSource[] = [],
): Promise<JobRequest> {
  const [first] = paths;
  if (first !== undefined && isManifest(paths)) {
    const manifest = { text: await readFile(first, 'utf8'), path: first, folder: dirname(first) };
    return manifestRequest(manifest, await overridesOf(wish, cwd), exclude);
  }
  const { tolerateFailedPercent = 0, budgetUsd, force } = wish;
  const document = {
    recipe: await loadRecipe(wish.recipe, cwd),
    force,
    tolerateFailedPercent,
    ...(budgetUsd === undefined ? {} : { budget: { usd: budgetUsd } }),
  };
  if (paths.length === 0)
    return {
      id: newRunId(),
      files: [],
      hidden: 0,
      images: undefined,
      manifest: () => ({ ...document, sources: [...remote] }),
    };
  return filesRequest(await findInputs(paths, { exclude, keyPrefixBytes }), document, remote);
}

function filesRequest(
  { files, archives, hidden }: Inputs,
  document: Omit<ManifestDocument, 'sources'>,
  remote: readonly ManifestSource[],
): JobRequest {
  const plain = archives.length === 0 || files.length > archives.length;
  return {
    id: newRunId(),
    files,
    hidden,
    images: archives.length + remote.length === 0 ? files.length : undefined,
    manifest: (sources) => ({
      ...document,
      relativeTo: sources,
      sources: [
        ...(plain ? [{ prefix: sources }] : []),
        ...archives.map((name) => ({ archive: sources + name })),
        ...remote,
      ],
    }),
  };
}
