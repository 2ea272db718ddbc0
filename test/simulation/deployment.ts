import type { Deployment } from '../../shared/core/deployment.ts';
import { parseRecipe } from '../../shared/core/recipe.ts';

export const uploadsBucket = 'uploads';
export const resultsBucket = 'results';

/** One small file of each image. */
const one = parseRecipe({ name: 'one', renditions: [{ name: 'small', resize: { width: 64 }, formats: { webp: {} } }] });

/** Two, of which the last lists both. */
const two = parseRecipe({
  name: 'two',
  renditions: [{ name: 'w{width}', widths: [64, 32], formats: { webp: {} } }],
});

export const simulatedDeployment: Deployment = {
  v: 1,
  routes: [
    { prefix: 'jobs/', recipe: 'one', accept: ['manifest'], output: { prefix: '' } },
    { prefix: 'images/', recipe: 'two', accept: ['image'], output: { prefix: 'single/' } },
  ],
  recipes: { one, two },
};
