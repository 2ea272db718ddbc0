import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ManifestDocument } from '../shared/client/job-client.ts';
import { builtInRecipes } from '../shared/core/built-in-recipes.ts';
import { FanlightError } from '../shared/core/errors.ts';
import { nearestName } from '../shared/core/explain.ts';
import { parseManifest } from '../shared/core/manifest.ts';
import type { Recipe } from '../shared/core/recipe.ts';
import { CliError } from './cli-error.ts';
import { findInputs } from './find-inputs.ts';
import type { InputFile, Inputs } from './find-inputs.ts';
import { loadRecipe } from './load-recipe.ts';
import type { OutputFolder } from './output-folder.ts';
import type { RunOptions } from './run-options.ts';
import { ensureSampleSet, sampleTolerancePercent } from './sample/sample-set.ts';

/** What one run uploads and submits. */
export interface RunRequest {
  /** Unique among the runs into one folder. */
  readonly id: string;
  readonly files: readonly InputFile[];
  readonly hidden: number;
  /** @param sources where the files are, such as `s3://uploads/runs/1/` */
  readonly manifest: (sources: string) => ManifestDocument;
}

/** What is put before a name in a key: the prefix of all sources and the run's id. */
const keyPrefixBytes = 40;

const manifestName = /\.fanlight\.json$/i;

/** Sorts by time. All hexadecimal, as ids of jobs are: names of faults leave such runs of digits out, so that a seed fits the next run too. */
const newRunId = (): string => `${Date.now().toString(16).padStart(12, '0')}${randomBytes(4).toString('hex')}`;

/**
 * Everything that can be wrong with the command line, the recipe and the inputs is found here, before anything starts.
 *
 * @throws CliError, FanlightError
 */
export async function readRequest(
  options: RunOptions,
  out: OutputFolder,
  { cwd, signal, say }: { cwd: string; signal: AbortSignal; say: (message: string) => void },
): Promise<RunRequest> {
  const { paths, force } = options;
  const recipe = await loadRecipe(options.recipe, cwd);
  const [first] = paths;
  if (paths.some((path) => manifestName.test(path))) {
    if (first === undefined || paths.length > 1)
      throw new CliError('USAGE', 'a manifest is the only PATH of its run: what belongs together is listed in it');
    return manifestRequest(first, options.recipe === undefined ? undefined : recipe, force);
  }
  const sample = first === undefined ? await ensureSampleSet({ signal, say }) : undefined;
  const inputs = await findInputs(sample === undefined ? paths : [sample], { exclude: out.ownPaths, keyPrefixBytes });
  return filesRequest(inputs, {
    recipe,
    force,
    tolerateFailedPercent: sample === undefined ? 0 : sampleTolerancePercent,
  });
}

function filesRequest(inputs: Inputs, document: Omit<ManifestDocument, 'sources'>): RunRequest {
  return { id: newRunId(), ...inputs, manifest: (sources) => ({ ...document, sources: [{ prefix: sources }] }) };
}

async function manifestRequest(path: string, recipe: string | Recipe | undefined, force: boolean): Promise<RunRequest> {
  const manifest = parseManifest(await readFile(path, 'utf8'));
  const chosen = recipe ?? manifest.recipe;
  if (typeof chosen === 'string') checkName(chosen, path);
  const document = {
    ...manifest,
    ...(chosen === undefined ? {} : { recipe: chosen }),
    force: force || manifest.force,
  };
  return { id: newRunId(), files: [], hidden: 0, manifest: () => document };
}

function checkName(recipe: string, path: string): void {
  const known = Object.keys(builtInRecipes);
  if (known.includes(recipe)) return;
  const suggestion = nearestName(recipe, known);
  const hint = suggestion === undefined ? `built in: ${known.join(', ')}` : `did you mean ${suggestion}?`;
  throw new FanlightError('INVALID_MANIFEST', `${path} names the recipe ${recipe}, which does not exist; ${hint}`, {
    path: 'recipe',
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
