import { builtInRecipes } from '../../shared/core/built-in-recipes.ts';
import type { Deployment } from '../../shared/core/deployment.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { nearestName } from '../../shared/core/explain.ts';
import type { Recipe } from '../../shared/core/recipe.ts';

/** A recipe as messages carry it: `$schema` is for editors, may be of any length, and changes nothing. */
function withoutSchemaLink(recipe: Recipe): Recipe {
  const bare = { ...recipe };
  delete bare.$schema;
  return bare;
}

/**
 * @param path where it is named, for people
 * @throws FanlightError INVALID_RECIPE for a name that is neither the deployment's nor built in
 */
export function resolveRecipe(deployment: Deployment, named: string | Recipe, path = 'recipe'): Recipe {
  if (typeof named !== 'string') return withoutSchemaLink(named);
  const recipes: Readonly<Record<string, Recipe>> = { ...builtInRecipes, ...deployment.recipes };
  const recipe = Object.hasOwn(recipes, named) ? recipes[named] : undefined;
  if (recipe !== undefined) return withoutSchemaLink(recipe);
  const known = Object.keys(recipes);
  const suggestion = nearestName(named, known);
  throw new FanlightError(
    'INVALID_RECIPE',
    `no recipe is called that; known are ${known.join(', ')} (given '${named}')`,
    {
      path,
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  );
}
