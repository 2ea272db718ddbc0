import { z } from 'zod';
import { checkGlob } from './glob.ts';
import { limits } from './limits.ts';
import { isInjectiveTemplate } from './output-key.ts';
import { RecipeSchema } from './recipe.ts';

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** Splits `s3://bucket/key`; the key is taken as it is, without decoding. */
export function parseS3Uri(uri: string): S3Location {
  const slash = uri.indexOf('/', 5);
  return { bucket: uri.slice(5, slash), key: uri.slice(slash + 1) };
}

export const S3UriSchema = z
  .string()
  .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.*$/s, 's3://bucket/key expected');

const S3ObjectUriSchema = S3UriSchema.refine((uri) => {
  const keyBytes = Buffer.byteLength(parseS3Uri(uri).key);
  return keyBytes >= 1 && keyBytes <= limits.maxKeyBytes;
}, `a key of 1 to ${limits.maxKeyBytes} bytes expected`);

/** Where renditions go: a prefix relative to the route's, and the key template below it. */
export const OutputSchema = z.strictObject({
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
});

/** What one source may have of its own; the manifest's when absent. */
const targetFields = {
  recipe: z.union([z.string(), RecipeSchema]).optional(),
  output: OutputSchema.optional(),
};

const GlobSchema = z
  .string()
  .min(1)
  .max(1_024)
  .superRefine((glob, context) => {
    const complaint = checkGlob(glob);
    if (complaint !== undefined) context.addIssue({ code: 'custom', message: complaint, input: glob });
  });

/** What a listing tells is enough for these: nothing is read. What does not pass is skipped as `filtered`. */
export const filterFields = {
  /** Globs, at least one of which the name below the prefix matches. `*` stops at slashes, `**` does not; `a.JPG` is not `*.jpg`. */
  include: z.array(GlobSchema).min(1).max(100).optional(),
  /** Globs, none of which it matches. */
  exclude: z.array(GlobSchema).min(1).max(100).optional(),
  /** Inclusive. */
  minBytes: z.int().nonnegative().optional(),
  maxBytes: z.int().nonnegative().optional(),
  /** Inclusive, ISO 8601 with a time zone. */
  modifiedSince: z.iso.datetime({ offset: true }).optional(),
};
const FiltersSchema = z.strictObject(filterFields);
export type Filters = z.infer<typeof FiltersSchema>;

/** Every object below a prefix. */
export const PrefixSourceSchema = z.strictObject({ prefix: S3UriSchema, ...filterFields, ...targetFields });
/** One object. It claims to be an image, whatever it is called. */
export const ObjectSourceSchema = z.strictObject({ object: S3ObjectUriSchema, ...targetFields });
/** The members of a zip or tar. */
export const ArchiveSourceSchema = z.strictObject({ archive: S3ObjectUriSchema, ...targetFields });
/** The objects and URLs that a text names, one a line: CSV or JSON Lines. They claim to be images. */
export const ListSourceSchema = z.strictObject({
  list: S3ObjectUriSchema,
  /** A CSV's column by its header, or a property of each line's object. Without it a CSV has no header, and its first column counts. */
  column: z.string().min(1).max(256).optional(),
  /** What keys are relative to; the list's bucket when absent. */
  base: S3UriSchema.optional(),
  ...targetFields,
});
/** An S3 Inventory by its manifest.json: CSV, gzipped. */
export const InventorySourceSchema = z.strictObject({
  inventory: S3ObjectUriSchema,
  ...filterFields,
  ...targetFields,
});
/** One image of the web; its host must be one that the deployment names. */
export const UrlSourceSchema = z.strictObject({ url: z.string().min(1).max(2_048), ...targetFields });

export const ManifestSourceSchema = z.union(
  [
    PrefixSourceSchema,
    ObjectSourceSchema,
    ArchiveSourceSchema,
    ListSourceSchema,
    InventorySourceSchema,
    UrlSourceSchema,
  ],
  { error: 'one of {"prefix"}, {"object"}, {"archive"}, {"list"}, {"inventory"}, {"url"} expected' },
);
export type ManifestSource = z.infer<typeof ManifestSourceSchema>;

const own = { recipe: true, output: true } as const;
const jobFields = { target: z.int().nonnegative().optional() };
/** A source as job.json has it: recipe and output resolved, and named by their number. */
export const JobSourceSchema = z.union([
  PrefixSourceSchema.omit(own).extend(jobFields),
  ObjectSourceSchema.omit(own).extend(jobFields),
  ArchiveSourceSchema.omit(own).extend(jobFields),
  ListSourceSchema.omit(own).extend(jobFields),
  InventorySourceSchema.omit(own).extend(jobFields),
  UrlSourceSchema.omit(own).extend(jobFields),
]);
export type JobSource = z.infer<typeof JobSourceSchema>;

/** The URI by which a source is named in messages. */
export function uriOf(source: ManifestSource | JobSource): string {
  if ('prefix' in source) return source.prefix;
  if ('object' in source) return source.object;
  if ('archive' in source) return source.archive;
  if ('list' in source) return source.list;
  return 'inventory' in source ? source.inventory : source.url;
}

/** What S3 holds of a source: undefined for a URL. */
export function locationOf(source: ManifestSource | JobSource): S3Location | undefined {
  return 'url' in source ? undefined : parseS3Uri(uriOf(source));
}
