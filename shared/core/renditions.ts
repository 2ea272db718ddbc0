import { canonicalJson } from './hash.ts';
import { formatChoices, outputFormats } from './formats.ts';
import type { FormatChoice } from './formats.ts';
import type { Operation, OperationOptions } from './operations.ts';
import { expandedNames } from './recipe.ts';
import type { Recipe, Rendition } from './recipe.ts';

/** One file to be made of every image. */
export type RenditionSpec = FormatChoice & {
  /** `w640`: without extension, unique together with the format. */
  readonly name: string;
  /** `w640.avif`. */
  readonly fileName: string;
  readonly resize?: OperationOptions['resize'];
  /** Applied after the resize, in the order written. */
  readonly operations: readonly Operation[];
};

function resizeOf({ resize }: Rendition, width: number | undefined): { resize?: OperationOptions['resize'] } {
  if (width === undefined) return resize === undefined ? {} : { resize };
  return { resize: { withoutEnlargement: true, ...resize, width } };
}

/** Every file of a recipe: renditions × widths × formats, in the order written. */
export function expandRenditions(recipe: Recipe): RenditionSpec[] {
  return recipe.renditions.flatMap((rendition) =>
    expandedNames(rendition).flatMap(({ name, width }) =>
      formatChoices(rendition.formats).map((choice) => ({
        ...choice,
        name,
        fileName: `${name}.${outputFormats[choice.format].ext}`,
        ...resizeOf(rendition, width),
        operations: rendition.operations,
      })),
    ),
  );
}

/**
 * Canonical text of all that determines a rendition's bytes besides the source: a change anywhere in it renders that
 * rendition anew and no other. The name is no part of it; it is part of the key.
 */
export function renditionFingerprint(recipe: Recipe, spec: RenditionSpec): string {
  const { format, formatOptions, resize, operations } = spec;
  return canonicalJson({ input: recipe.input, before: recipe.operations, resize, operations, format, formatOptions });
}
