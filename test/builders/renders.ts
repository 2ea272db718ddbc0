import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RenderedFile, RenderOutcome, RenderRequest } from '../../functions/processor/pool/protocol.ts';
import { loadSharp } from '../../functions/processor/render/load-sharp.ts';
import { render } from '../../functions/processor/render/render.ts';
import { parseRecipe } from '../../shared/core/recipe.ts';
import type { Recipe } from '../../shared/core/recipe.ts';
import { temporaryDirectory } from './pool-of-fakes.ts';

/** Renders bytes with a recipe in this process, as a worker does. */
export async function renderBytes(
  bytes: Uint8Array,
  recipe: Recipe,
  options: Partial<RenderRequest> = {},
): Promise<RenderOutcome> {
  const outputDir = await temporaryDirectory();
  const inputPath = join(outputDir, 'source');
  await writeFile(inputPath, bytes);
  const request = { inputPath, outputDir, recipe, timeoutMs: 30_000, ...options };
  return render(await loadSharp(), request, () => Promise.resolve());
}

/** The files of an image that must not fail. */
export async function filesOf(outcome: RenderOutcome | Promise<RenderOutcome>): Promise<readonly RenderedFile[]> {
  const settled = await outcome;
  if (settled.status === 'failed') throw new Error(`${settled.error.code}: ${settled.error.message}`);
  return settled.files;
}

/** A recipe with one rendition, `a`, as PNG unless formats are given. */
export function oneRendition(rendition: object = {}, rest: object = {}): Recipe {
  return parseRecipe({ name: 'test', renditions: [{ name: 'a', formats: { png: {} }, ...rendition }], ...rest });
}
