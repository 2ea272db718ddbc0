import { builtInRecipes } from '../shared/core/built-in-recipes.ts';
import { FanlightError } from '../shared/core/errors.ts';
import { nearestName } from '../shared/core/explain.ts';
import { parseManifest, type Manifest } from '../shared/core/manifest.ts';
import type { JobRequest, Overrides } from './job-request.ts';
import { findLocalSources } from './local-sources.ts';
import { hasLocal, placed, withLocalUris } from './local-uris.ts';
import { newRunId } from './run-id.ts';

/** A manifest as it was found. */
export interface ManifestText {
  readonly text: string;
  /** Path or URI, for messages. */
  readonly path: string;
  /** What its local paths are relative to; undefined when it lies in S3, and has none. */
  readonly folder: string | undefined;
}

/**
 * A manifest, and what is to be uploaded for it.
 *
 * @param exclude absolute paths that are never an input
 * @throws FanlightError INVALID_MANIFEST with the path and a suggestion; NOT_FOUND and more for its local sources
 */
export async function manifestRequest(
  { text, path, folder }: ManifestText,
  overrides: Overrides,
  exclude: readonly string[],
): Promise<JobRequest> {
  const id = newRunId();
  const root = `s3://local-${id}/`;
  const manifest = parseManifest(folder === undefined ? text : withLocalUris(text, root));
  const document = withOverrides(manifest, overrides);
  checkRecipes(document, path);
  const { sources = [] } = document;
  if (folder === undefined || !hasLocal(sources, root))
    return { id, files: [], hidden: 0, images: undefined, manifest: () => document };
  const found = await findLocalSources(sources, { root, folder, exclude: [...exclude, path] });
  const local = { ...document, sources: [...found.sources], relativeTo: document.relativeTo ?? root };
  return {
    id,
    files: found.files,
    hidden: found.hidden,
    images: undefined,
    manifest: (target) => placed(local, root, target),
  };
}

function withOverrides(manifest: Manifest, { recipe, force, budgetUsd }: Overrides): Manifest {
  return {
    ...manifest,
    ...(recipe === undefined ? {} : { recipe }),
    force: force || manifest.force,
    budget: { ...manifest.budget, ...(budgetUsd === undefined ? {} : { usd: budgetUsd }) },
  };
}

function checkRecipes({ recipe, sources = [] }: Manifest, path: string): void {
  checkRecipe(recipe, 'recipe', path);
  for (const [index, source] of sources.entries()) checkRecipe(source.recipe, `sources[${index}].recipe`, path);
}

/** A local stack has the built-in recipes and no others. */
function checkRecipe(recipe: Manifest['recipe'], place: string, path: string): void {
  const known = Object.keys(builtInRecipes);
  if (typeof recipe !== 'string' || known.includes(recipe)) return;
  const suggestion = nearestName(recipe, known);
  const hint = suggestion === undefined ? `built in: ${known.join(', ')}` : `did you mean ${suggestion}?`;
  throw new FanlightError('INVALID_MANIFEST', `${path} names the recipe ${recipe}, which does not exist; ${hint}`, {
    path: place,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
