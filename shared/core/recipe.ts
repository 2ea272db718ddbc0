import { z } from 'zod';
import { canonicalJson, shortHash } from './hash.ts';
import { FanlightError } from './errors.ts';
import { explainIssues } from './explain.ts';
import { FormatsSchema } from './formats.ts';
import { maxDimension, OperationSchema, ResizeOptionsSchema } from './operations.ts';

/** Bounds of one recipe; together they bound the work of one image. */
export const recipeLimits = {
  maxRenditions: 32,
  maxWidths: 32,
  /** Files made of one image. */
  maxFiles: 64,
  maxOperations: 32,
  maxPixels: 1_000_000_000,
} as const;

const InputSchema = z.strictObject({
  /** 'error' caught truncation at every 1-99 % in six formats; 'warning' refuses readable phone photos (lovell/sharp#1578). */
  failOn: z.enum(['none', 'truncated', 'error', 'warning']).default('error'),
  /** Pixels of a source image; one with more is TOO_MANY_PIXELS. */
  maxPixels: z.int().min(1).max(recipeLimits.maxPixels).default(50_000_000),
});

const RenditionNameSchema = z
  .string()
  .regex(/^(?=.{1,100}$)[A-Za-z0-9](?:[A-Za-z0-9._-]|\{width\})*$|^\{width\}(?:[A-Za-z0-9._-]|\{width\})*$/, {
    error: 'a rendition name has 1 to 100 letters, digits, ".", "_", "-" or {width}, and starts with a letter or digit',
  });

const OperationsSchema = z.array(OperationSchema).max(recipeLimits.maxOperations).default([]);

const RenditionSchema = z
  .strictObject({
    name: RenditionNameSchema,
    /** Widths in pixels; each gives one file per format. */
    widths: z.exactOptional(z.array(z.int().min(1).max(maxDimension)).min(1).max(recipeLimits.maxWidths)),
    resize: z.exactOptional(ResizeOptionsSchema),
    operations: OperationsSchema,
    formats: FormatsSchema,
  })
  .superRefine(({ name, widths, resize }, context) => {
    const report = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (widths === undefined && name.includes('{width}')) report(['name'], '{width} needs a list of widths');
    if (widths !== undefined && widths.length > 1 && !name.includes('{width}')) {
      report(['name'], 'several widths need {width} in the name');
    }
    if (widths !== undefined && resize?.width !== undefined) report(['resize', 'width'], 'widths says it already');
    if (widths === undefined && resize !== undefined && resize.width === undefined && resize.height === undefined) {
      report(['resize'], 'needs a width, a height, or widths beside it');
    }
  });

const RecipeShape = z.strictObject({
  $schema: z.exactOptional(z.string()),
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: 'a recipe name has 1 to 64 letters, digits, ".", "_" or "-", and starts with a letter or digit',
  }),
  input: InputSchema.prefault({}),
  /** Applied to the upright image, before every rendition, in the order written. */
  operations: OperationsSchema,
  renditions: z.array(RenditionSchema).min(1).max(recipeLimits.maxRenditions),
});

/** The resolved recipe. */
export type Recipe = z.infer<typeof RecipeShape>;
export type Rendition = Recipe['renditions'][number];

/** The names a rendition expands to, with the width of each: `w640`, 640. */
export function expandedNames({
  name,
  widths,
}: Pick<Rendition, 'name' | 'widths'>): { name: string; width?: number }[] {
  if (widths === undefined) return [{ name }];
  return widths.map((width) => ({ name: name.replaceAll('{width}', String(width)), width }));
}

/** Upper and lower case are one name here: `fanlight run` downloads to file systems that do not tell them apart. */
function filesOf(rendition: Rendition): { name: string; format: string; file: string }[] {
  return expandedNames(rendition).flatMap(({ name }) =>
    Object.keys(rendition.formats).map((format) => ({ name, format, file: `${name}.${format}`.toLowerCase() })),
  );
}

/** A recipe document (design 4.2). Parsing fills in every default, so what is stored says all that was decided. */
export const RecipeSchema = RecipeShape.superRefine(({ renditions }, context) => {
  const seen = new Set<string>();
  for (const [index, rendition] of renditions.entries()) {
    for (const { name, format, file } of filesOf(rendition)) {
      const message = `two renditions would write ${name} as ${format}`;
      if (seen.has(file)) context.addIssue({ code: 'custom', path: ['renditions', index], message });
      seen.add(file);
    }
  }
  if (seen.size > recipeLimits.maxFiles) {
    const message = `at most ${recipeLimits.maxFiles} files of one image (given ${seen.size})`;
    context.addIssue({ code: 'custom', path: ['renditions'], message });
  }
});

/**
 * Parses and resolves a recipe document.
 * @throws FanlightError INVALID_RECIPE with one line, the path and, for a misspelt name, the nearest valid one.
 */
export function parseRecipe(input: unknown): Recipe {
  const parsed = RecipeSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { message, ...details } = explainIssues(RecipeSchema, parsed.error, input);
  throw new FanlightError('INVALID_RECIPE', message, details);
}

/** Identifies what a recipe does; two documents that resolve to the same one share it. */
export function recipeHash(recipe: Recipe): string {
  return shortHash(canonicalJson({ ...recipe, $schema: undefined }));
}
