import { canonicalJson } from './hash.ts';
import { namedOperation } from './operations.ts';
import type { NamedOperation } from './operations.ts';
import { cutPipelines } from './pipeline-order.ts';
import type { Recipe } from './recipe.ts';
import { expandRenditions } from './renditions.ts';
import type { RenditionSpec } from './renditions.ts';

/** One picture and the files it is written to: `w640` as AVIF, WebP and JPEG is rendered once and encoded three times. */
export interface PicturePlan {
  readonly pipelines: readonly (readonly NamedOperation[])[];
  readonly files: readonly RenditionSpec[];
}

/**
 * What to render of one image. It follows from the recipe and the source's format alone, never from which files are
 * still missing, so that a file rendered again alone has the same bytes.
 */
export interface RenderPlan {
  /** Rendered once and handed to every picture; undefined when each picture reads the file itself. */
  readonly base?: readonly (readonly NamedOperation[])[];
  readonly pictures: readonly PicturePlan[];
}

/** Decoders that read these at a fraction of their size, which is cheaper than sharing one full decode. */
const shrinksOnLoad: ReadonlySet<string> = new Set(['jpeg', 'webp']);

interface Picture {
  readonly after: readonly NamedOperation[];
  readonly files: RenditionSpec[];
}

function picturesOf(recipe: Recipe): Picture[] {
  const pictures = new Map<string, Picture>();
  for (const file of expandRenditions(recipe)) {
    const { resize, operations } = file;
    const key = canonicalJson({ resize, operations });
    const resized: NamedOperation[] = resize === undefined ? [] : [{ name: 'resize', options: resize }];
    const picture = pictures.get(key) ?? { after: [...resized, ...operations.map(namedOperation)], files: [] };
    picture.files.push(file);
    pictures.set(key, picture);
  }
  return [...pictures.values()];
}

/** Plans all renditions of one image of the given format: equal pictures are made once, shared work is done once. */
export function planRender(recipe: Recipe, inputFormat: string): RenderPlan {
  const pictures = picturesOf(recipe);
  const before = recipe.operations.map(namedOperation);
  const shares = pictures.length > 1 && (before.length > 0 || !shrinksOnLoad.has(inputFormat));
  const planned = pictures.map(({ after, files }) => ({
    pipelines: cutPipelines(shares ? after : [...before, ...after]),
    files,
  }));
  return shares ? { base: cutPipelines(before), pictures: planned } : { pictures: planned };
}
