import { z } from 'zod';
import { DeploymentBudgetSchema } from './budget.ts';
import { RecipeSchema } from './recipe.ts';

/** What may be dropped under a route. Whoever may PUT an image must not thereby command the system (design 4.1). */
export const UploadKindSchema = z.enum(['image', 'archive', 'manifest']);
export type UploadKind = z.infer<typeof UploadKindSchema>;

/** A deployment rule: objects whose key starts with `prefix` (and ends with `suffix`) are rendered by `recipe`. */
export const RouteSchema = z.strictObject({
  prefix: z.string().max(512),
  suffix: z.string().max(128).optional(),
  recipe: z.string(),
  accept: z.array(UploadKindSchema).min(1).default(['image']),
  /** Put before the source path of every rendition of this route; a manifest's own prefix comes after it. */
  output: z.strictObject({ prefix: z.string().max(512) }).default({ prefix: '' }),
});
export type Route = z.infer<typeof RouteSchema>;

/** `deployment.json` beside the splitter's bundle: what environment variables (4 KB in all) have no room for. */
export const DeploymentSchema = z.strictObject({
  v: z.literal(1),
  routes: z.array(RouteSchema),
  /** Of every job. */
  budget: DeploymentBudgetSchema.optional(),
  recipes: z.record(z.string(), RecipeSchema),
  /** Work that a shard is packed up to. */
  secondsPerShard: z.number().min(1).max(60).optional(),
});
export type Deployment = z.infer<typeof DeploymentSchema>;

/** The route of a key: the longest matching prefix wins. Undefined for a key that no route names. */
export function routeFor(routes: readonly Route[], key: string): Route | undefined {
  return routes
    .filter((route) => key.startsWith(route.prefix) && key.endsWith(route.suffix ?? ''))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}
