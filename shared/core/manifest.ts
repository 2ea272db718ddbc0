import { z } from 'zod';
import { BudgetSchema } from './budget.ts';
import { durationMsOf } from './duration.ts';
import { FanlightError } from './errors.ts';
import { explainIssues } from './explain.ts';
import { limits } from './limits.ts';
import { ManifestSourceSchema, OutputSchema, S3UriSchema } from './manifest-sources.ts';
import { RecipeSchema } from './recipe.ts';

const FieldsSchema = z.strictObject({
  $schema: z.string().optional(),
  /** A recipe of the deployment by name, or a whole recipe; the route's when absent. */
  recipe: z.union([z.string(), RecipeSchema]).optional(),
  /** Unless it is a retry. */
  sources: z.array(ManifestSourceSchema).optional(),
  /** Tries the failed images of a job that has ended again, by its recipe and into its output. */
  retry: z.strictObject({ job: z.string().regex(/^[0-9a-f]{24}$/, 'the id of a job expected') }).optional(),
  output: OutputSchema.default({ prefix: '' }),
  /** Names of images are relative to it, whatever source they come from. What does not lie below it is named by its whole URI. */
  relativeTo: S3UriSchema.optional(),
  /** Failures up to this share of the images still count as a clean end, in percent. */
  tolerateFailedPercent: z.number().min(0).max(100).default(0),
  /** What would go beyond it is not planned. The deployment's own budget holds as well. */
  budget: BudgetSchema.default({}),
  /** Time from the upload on, ISO 8601, 1 minute to 30 days. What has no outcome then is cancelled. */
  deadline: z
    .string()
    .refine((text) => {
      const durationMs = durationMsOf(text) ?? 0;
      return durationMs >= limits.minDeadlineMs && durationMs <= limits.maxDeadlineMs;
    }, 'an ISO 8601 duration from PT1M to P30D expected')
    .default('P3D'),
  /** Render again what is done already. */
  force: z.boolean().default(false),
});

/** A job says where its images are, or whose images it tries again: then all but its bounds is taken over from there. */
function checkContent(
  { sources, retry, recipe, output }: z.infer<typeof FieldsSchema>,
  context: z.RefinementCtx,
): void {
  if (retry === undefined) {
    if (sources === undefined)
      context.addIssue({ code: 'invalid_type', expected: 'array', path: ['sources'], input: sources });
    return;
  }
  const hasOutput = output.prefix !== '' || output.key !== undefined;
  const own = { sources, recipe, output: hasOutput ? output : undefined };
  for (const [name, value] of Object.entries(own))
    if (value !== undefined)
      context.addIssue({ code: 'custom', path: [name], message: 'a retry has that of its job', input: value });
}

/** A `*.fanlight.json` upload: what to render, by which recipe, and where to (design 4.1). */
export const ManifestSchema = FieldsSchema.superRefine(checkContent);
export type Manifest = z.infer<typeof ManifestSchema>;

/** @throws FanlightError INVALID_MANIFEST with the path, and the nearest valid name for an unknown key */
export function parseManifest(text: string): Manifest {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new FanlightError(
      'INVALID_MANIFEST',
      `the manifest is no JSON: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  const parsed = ManifestSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const { message, ...details } = explainIssues(ManifestSchema, parsed.error, document);
  throw new FanlightError('INVALID_MANIFEST', message, { ...details, cause: parsed.error });
}
