import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import { builtInRecipes } from '../shared/core/built-in-recipes.ts';
import { FanlightError } from '../shared/core/errors.ts';
import { nearestName } from '../shared/core/explain.ts';
import { parseRecipe } from '../shared/core/recipe.ts';
import type { Recipe } from '../shared/core/recipe.ts';

const builtInNames = Object.keys(builtInRecipes);
const defaultRecipe = 'thumbnail';

function looksLikeFile(given: string): boolean {
  return isAbsolute(given) || given.includes('/') || given.includes(sep) || given.endsWith('.json');
}

/**
 * A built-in recipe stays a name; a file becomes the resolved document.
 *
 * @throws FanlightError NOT_FOUND, ACCESS_DENIED, or INVALID_RECIPE with the path and the nearest valid name
 */
export async function loadRecipe(given: string | undefined, cwd: string): Promise<string | Recipe> {
  const name = given ?? defaultRecipe;
  if (builtInNames.includes(name)) return name;
  const text = await readRecipeFile(name, resolve(cwd, name));
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FanlightError('INVALID_RECIPE', `${name} is no JSON: ${reason}`, { cause: error });
  }
  try {
    return parseRecipe(document);
  } catch (error) {
    if (!(error instanceof FanlightError)) throw error;
    throw new FanlightError(error.code, `${name}: ${error.message}`, { ...error.details, cause: error });
  }
}

async function readRecipeFile(given: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing) throw error;
    if (looksLikeFile(given))
      throw new FanlightError('NOT_FOUND', `the recipe file ${path} does not exist`, { path, cause: error });
    const suggestion = nearestName(given, builtInNames);
    const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
    throw new FanlightError(
      'INVALID_RECIPE',
      `there is no recipe ${given}${hint} (built in: ${builtInNames.join(', ')}; or name a file)`,
      { ...(suggestion === undefined ? {} : { suggestion }), cause: error },
    );
  }
}
