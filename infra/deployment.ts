import { builtInRecipes } from '../shared/core/built-in-recipes.ts';
import { DeploymentSchema } from '../shared/core/deployment.ts';
import type { Deployment, Route } from '../shared/core/deployment.ts';
import { explainIssues } from '../shared/core/explain.ts';
import { parseRecipe } from '../shared/core/recipe.ts';
import type { Recipe } from '../shared/core/recipe.ts';
import { outputPrefixes, prefixesOverlap } from '../shared/core/refuse-loop.ts';
import type { ImageFanoutProps, RouteProps } from './image-fanout-props.ts';

/** Other characters have to be URL-encoded in a notification filter; S3 compares these as they are. */
const plainFilter = /^[A-Za-z0-9!\-_.'()/]*$/;

/** S3's bound on the notification configurations of one bucket. */
const maxRoutes = 100;

type DeploymentProps = Pick<ImageFanoutProps, 'routes' | 'recipes' | 'budget' | 'secondsPerShard'>;

const defaultRoutes: readonly RouteProps[] = [{ prefix: 'images/', recipe: 'web' }];

/**
 * The routes and recipes that the splitter will read, resolved and checked.
 * @throws Error at synth time; FanlightError INVALID_RECIPE for a recipe that is none.
 */
export function resolveDeployment(props: DeploymentProps): Deployment {
  const recipes = { ...builtInRecipes, ...resolveRecipes(props.recipes ?? {}) };
  const routes = props.routes ?? defaultRoutes;
  if (routes.length < 1 || routes.length > maxRoutes) {
    throw new Error(`routes must be 1 to ${maxRoutes} (given ${routes.length})`);
  }
  const { budget = {}, secondsPerShard } = props;
  const deployment = parseDeployment({ v: 1, routes, budget, recipes, secondsPerShard });
  for (const route of deployment.routes) checkRoute(route, Object.keys(recipes));
  checkOverlaps(deployment.routes);
  return deployment;
}

function parseDeployment(input: unknown): Deployment {
  const parsed = DeploymentSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new Error(explainIssues(DeploymentSchema, parsed.error, input).message);
}

function resolveRecipes(documents: Readonly<Record<string, unknown>>): Record<string, Recipe> {
  const recipes = Object.entries(documents).map(([name, document]) => {
    const recipe = parseRecipe(document);
    if (recipe.name === name) return [name, recipe] as const;
    throw new Error(`recipes.${name} must hold a recipe of that name (given '${recipe.name}')`);
  });
  return Object.fromEntries(recipes);
}

function checkRoute(route: Route, recipeNames: readonly string[]): void {
  const given = `(given '${route.prefix}')`;
  if (route.prefix === '') throw new Error(`a route's prefix must not be empty: every key would match ${given}`);
  for (const filter of [route.prefix, route.suffix ?? '']) {
    if (!plainFilter.test(filter)) {
      throw new Error(`a route's prefix and suffix may hold A-Z a-z 0-9 ! - _ . ' ( ) / only (given '${filter}')`);
    }
  }
  // In any bucket, so that no output can be an upload.
  for (const output of outputPrefixes) {
    if (prefixesOverlap(route.prefix, output)) {
      throw new Error(`a route must not overlap ${output}, where the pipeline writes: it would feed itself ${given}`);
    }
  }
  if (!recipeNames.includes(route.recipe)) {
    const known = recipeNames.join(', ');
    throw new Error(`route '${route.prefix}' names no known recipe; known are ${known} (given '${route.recipe}')`);
  }
}

/** S3 refuses two notification filters that one key could match both of. */
function checkOverlaps(routes: readonly Route[]): void {
  for (const [index, route] of routes.entries()) {
    for (const other of routes.slice(index + 1)) {
      const suffixes = [reversed(route.suffix ?? ''), reversed(other.suffix ?? '')] as const;
      if (prefixesOverlap(route.prefix, other.prefix) && prefixesOverlap(...suffixes)) {
        throw new Error(
          `routes must not overlap: one key would match both (given ${shown(route)} and ${shown(other)})`,
        );
      }
    }
  }
}

const reversed = (text: string): string => text.split('').toReversed().join('');
const shown = ({ prefix, suffix }: Route): string => (suffix === undefined ? `'${prefix}'` : `'${prefix}…${suffix}'`);
