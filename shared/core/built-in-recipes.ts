import { parseRecipe } from './recipe.ts';

/** Recipes that need no file: `fanlight run --recipe thumbnail`. */
export const builtInRecipes = {
  /** Exactly 256 by 256 pixels for every input, cropped and never stretched; the one recipe that enlarges. */
  thumbnail: parseRecipe({
    name: 'thumbnail',
    renditions: [
      {
        name: 'thumbnail',
        resize: { width: 256, height: 256, fit: 'cover', withoutEnlargement: false },
        formats: { webp: {} },
      },
    ],
  }),
  /**
   * What a responsive page needs. A source narrower than a width gives its own width under that name. JPEG without
   * mozjpeg: it serves only browsers too old for the others, which is not worth several times the CPU. AVIF at effort 2: an
   * eighth of the default's CPU for 7 % more bytes (measured on one 11-megapixel photo).
   */
  web: parseRecipe({
    name: 'web',
    renditions: [
      { name: 'w{width}', widths: [320, 640, 1280, 1920], formats: { avif: { effort: 2 }, webp: {}, jpeg: {} } },
    ],
  }),
  /** The same picture at its own size as WebP: upright, in sRGB, without metadata. */
  convert: parseRecipe({ name: 'convert', renditions: [{ name: 'converted', formats: { webp: {} } }] }),
} as const;
