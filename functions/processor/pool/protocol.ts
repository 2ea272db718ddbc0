import { z } from 'zod';
import { FailureSchema } from '../../../shared/core/outcome.ts';
import { RecipeSchema } from '../../../shared/core/recipe.ts';
import type { Recipe } from '../../../shared/core/recipe.ts';

/** What to make of one image. Paths are the host's; the worker reads and writes nothing else. */
const RenderTaskSchema = z.strictObject({
  inputPath: z.string(),
  outputDir: z.string(),
  /** Files wanted, as `w640.avif`; all of the recipe's when absent. */
  fileNames: z.exactOptional(z.array(z.string())),
  /** Milliseconds for the image once a worker has it, without what it waits for memory. */
  timeoutMs: z.number().positive(),
});
export type RenderTask = z.infer<typeof RenderTaskSchema>;
export type RenderRequest = RenderTask & { readonly recipe: Recipe };

const RenderedFileSchema = z.strictObject({
  /** `w640`. */
  name: z.string(),
  /** `w640.avif`, the file's name in `outputDir`. */
  fileName: z.string(),
  path: z.string(),
  format: z.string(),
  width: z.number(),
  height: z.number(),
  bytes: z.number(),
});
export type RenderedFile = z.infer<typeof RenderedFileSchema>;

/** Width and height as a person sees the image, after its EXIF orientation. */
const RenderInputSchema = z.strictObject({ format: z.string(), width: z.number(), height: z.number() });
export type RenderInput = z.infer<typeof RenderInputSchema>;

/** What became of one image. A failed one may have left files in `outputDir`, which its owner removes. */
export const RenderOutcomeSchema = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('rendered'), input: RenderInputSchema, files: z.array(RenderedFileSchema) }),
  z.strictObject({
    status: z.literal('failed'),
    error: FailureSchema,
    /** Absent when the image failed before its header was read. */
    input: z.exactOptional(RenderInputSchema),
  }),
]);
export type RenderOutcome = z.infer<typeof RenderOutcomeSchema>;

/** Host to worker. A worker has one task at a time. */
export const HostMessageSchema = z.discriminatedUnion('type', [
  /** For all tasks that follow: a shard has one recipe, which is read once and not with every image. */
  z.strictObject({ type: z.literal('recipe'), recipe: RecipeSchema }),
  z.strictObject({
    type: z.literal('render'),
    task: RenderTaskSchema,
    /** Predicted to need more: the worker asks first. */
    shareBytes: z.number(),
    /** Predicted to need more: the image fails as OUT_OF_MEMORY. */
    budgetBytes: z.number(),
  }),
  /** Answers `needs-memory`. */
  z.strictObject({ type: z.literal('admitted') }),
]);
export type HostMessage = z.infer<typeof HostMessageSchema>;

/** Versions of what renders, for receipts. */
const RendererVersionsSchema = z.strictObject({ node: z.string(), sharp: z.string(), libvips: z.string() });
export type RendererVersions = z.infer<typeof RendererVersionsSchema>;

/** Worker to host. */
export const WorkerMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), versions: z.exactOptional(RendererVersionsSchema) }),
  /** sharp cannot be loaded; the worker exits. */
  z.strictObject({ type: z.literal('unusable'), message: z.string() }),
  /** The image is predicted to need more than the worker's share; the worker waits for `admitted`. */
  z.strictObject({ type: z.literal('needs-memory'), bytes: z.number() }),
  z.strictObject({ type: z.literal('done'), outcome: RenderOutcomeSchema, rssBytes: z.number() }),
]);
export type WorkerMessage = z.infer<typeof WorkerMessageSchema>;
