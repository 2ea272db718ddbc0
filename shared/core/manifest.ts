import { z } from 'zod';
import { BudgetSchema } from './budget.ts';
import { durationMsOf } from './duration.ts';
import { FanlightError } from './errors.ts';
import { explainIssues } from './explain.ts';
import { limits } from './limits.ts';
import { isInjectiveTemplate } from './output-key.ts';
import { RecipeSchema } from './recipe.ts';

const s3Uri = z.string().regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.*$/s, 's3://bucket/key expected');

/** Every object below a prefix; names are relative to it when it is the manifest's only source. */
const PrefixSourceSchema = z.strictObject({ prefix: s3Uri });
/** One object. It claims to be an image, whatever it is called. */
const ObjectSourceSchema = z.strictObject({
  object: s3Uri.refine((uri) => {
    const keyBytes = Buffer.byteLength(parseS3Uri(uri).key);
    return keyBytes >= 1 && keyBytes <= limits.maxKeyBytes;
  }, `a key of 1 to ${limits.maxKeyBytes} bytes expected`),
});

export const ManifestSourceSchema = z.union([PrefixSourceSchema, ObjectSourceSchema], {
  error: 'one of {"prefix": "s3://…"}, {"object": "s3://…"} expected',
});
export type ManifestSource = z.infer<typeof ManifestSourceSchema>;

const FieldsSchema = z.strictObject({
  $schema: z.string().optional(),
  /** A recipe of the deployment by name, or a whole recipe; the route's when absent. */
  recipe: z.union([z.string(), RecipeSchema]).optional(),
  /** Unless it is a retry. */
  sources: z.array(ManifestSourceSchema).optional(),
  /** Tries the failed images of a job that has ended again, by its recipe and into its output. */
  retry: z.strictObject({ job: z.string().regex(/^[0-9a-f]{24}$/, 'the id of a job expected') }).optional(),
  output: z
    .strictObject({
      prefix: z
        .string()
        .max(512)
        .regex(/^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))/, 'a relative prefix without . and .. expected')
        .default(''),
      key: z
        .string()
        .max(512)
        .refine(
          isInjectiveTemplate,
          'a template such as {path}/{rendition}.{ext} expected: without {path} or {id}, a slash beside {rendition} and a final .{ext}, two images could meet',
        )
        .optional(),
    })
    .default({ prefix: '' }),
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

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** Splits `s3://bucket/key`; the key is taken as it is, without decoding. */
export function parseS3Uri(uri: string): S3Location {
  const slash = uri.indexOf('/', 5);
  return { bucket: uri.slice(5, slash), key: uri.slice(slash + 1) };
}

export function locationOf(source: ManifestSource): S3Location {
  return parseS3Uri('prefix' in source ? source.prefix : source.object);
}

/**
 * How images of a manifest are named in results and output keys. A single prefix: relative to it. Otherwise by the whole key, and
 * by bucket and key where several buckets meet: injective by construction, so no set of all names is needed to rule out collisions.
 */
export function sourceNamer(sources: readonly ManifestSource[]): (location: S3Location) => string {
  const [only] = sources;
  if (sources.length === 1 && only !== undefined && 'prefix' in only) {
    const { key: prefix } = parseS3Uri(only.prefix);
    const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    return ({ key }) => key.slice(directory.length);
  }
  const buckets = new Set(sources.map((source) => locationOf(source).bucket));
  return buckets.size > 1 ? ({ bucket, key }) => `${bucket}/${key}` : ({ key }) => key;
}
