import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtInRecipes } from '../../../shared/core/built-in-recipes.ts';
import { FanlightError } from '../../../shared/core/errors.ts';
import { parseRecipe, recipeHash } from '../../../shared/core/recipe.ts';
import { expandRenditions } from '../../../shared/core/renditions.ts';
import { recipeDocuments } from '../../builders/recipes.ts';

const minimal = { name: 'x', renditions: [{ name: 'a', formats: { webp: {} } }] };
const withRendition = (rendition: object) => ({
  ...minimal,
  renditions: [{ name: 'a', formats: { webp: {} }, ...rendition }],
});
const withOperation = (operation: unknown) => ({ ...minimal, operations: [operation] });

function refusalOf(document: unknown): FanlightError {
  try {
    parseRecipe(document);
  } catch (error) {
    if (error instanceof FanlightError) return error;
    throw error;
  }
  throw new Error('the recipe was accepted');
}

describe('resolving', () => {
  test('fills in every default', () => {
    expect(
      parseRecipe({ ...minimal, renditions: [{ name: 'a', resize: { width: 9 }, formats: { webp: {} } }] }),
    ).toEqual({
      name: 'x',
      input: { failOn: 'error', maxPixels: 50_000_000 },
      operations: [],
      renditions: [
        { name: 'a', resize: { width: 9, withoutEnlargement: true }, operations: [], formats: { webp: {} } },
      ],
    });
  });

  test('a resolved recipe resolves to itself, also through JSON', () => {
    fc.assert(
      fc.property(recipeDocuments, (document) => {
        const recipe = parseRecipe(document);
        expect(parseRecipe(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe);
        expect(recipeHash(parseRecipe(recipe))).toBe(recipeHash(recipe));
      }),
    );
  });

  test('the hash ignores $schema and what is a default anyway, and nothing else', () => {
    const hash = recipeHash(parseRecipe(minimal));
    expect(recipeHash(parseRecipe({ $schema: 'https://example.com', ...minimal, input: { failOn: 'error' } }))).toBe(
      hash,
    );
    expect(recipeHash(parseRecipe({ ...minimal, name: 'y' }))).not.toBe(hash);
    expect(recipeHash(parseRecipe({ ...minimal, input: { failOn: 'none' } }))).not.toBe(hash);
  });
});

describe('what is not valid is refused in one line, with its path', () => {
  test.each([
    ['a misspelt option', withRendition({ resize: { widht: 3 } }), 'renditions[0].resize.widht', 'width'],
    ['a misspelt key', { ...minimal, opertions: [] }, 'opertions', 'operations'],
    ['a misspelt operation', withOperation({ blurr: true }), 'operations[0].blurr', 'blur'],
    ['a misspelt option of a union', withOperation({ blur: { sigm: 2 } }), 'operations[0].blur.sigm', 'sigma'],
    ['a misspelt value', withRendition({ resize: { width: 3, fit: 'covre' } }), 'renditions[0].resize.fit', 'cover'],
    ['a format by its extension', withRendition({ formats: { jpg: {} } }), 'renditions[0].formats.jpg', 'jpeg'],
    [
      'American spelling',
      withRendition({ formats: { png: { colors: 8 } } }),
      'renditions[0].formats.png.colors',
      'colours',
    ],
  ])('%s, with the valid name', (_name, document, path, suggestion) => {
    const { code, message, details } = refusalOf(document);
    expect({ code, ...details }).toEqual({ code: 'INVALID_RECIPE', path, suggestion });
    expect(message).toContain(path);
    expect(message).not.toContain('\n');
  });

  test.each([
    ['no document', null, '', /expected object/],
    ['no name', { renditions: minimal.renditions }, 'name', /name is missing/],
    ['no renditions', { name: 'x' }, 'renditions', /renditions is missing/],
    ['an operation of no name', withOperation({}), 'operations[0]', /exactly one key/],
    ['an operation of two names', withOperation({ flip: true, flop: true }), 'operations[0]', /exactly one key/],
    [
      'a resize to nothing',
      withOperation({ resize: { fit: 'cover' } }),
      'operations[0].resize',
      /width, a height or both/,
    ],
    [
      'an operation of a later version',
      withOperation({ trim: {} }),
      'operations[0].trim',
      /valid here: resize, extract/,
    ],
    ['a switch turned off', withOperation({ flip: false }), 'operations[0].flip', /expected true \(given false\)/],
    [
      'a number out of range',
      withRendition({ formats: { avif: { effort: 10 } } }),
      'renditions[0].formats.avif.effort',
      /given 10/,
    ],
    [
      'a side too long for WebP',
      withRendition({ resize: { width: 16_384 } }),
      'renditions[0].resize.width',
      /given 16384/,
    ],
    [
      'no colour',
      withOperation({ rotate: { angle: 3, background: '#ggg' } }),
      'operations[0].rotate.background',
      /a colour/,
    ],
    ['no format', withRendition({ formats: {} }), 'renditions[0].formats', /at least one format/],
    ['several widths, one name', withRendition({ widths: [1, 2] }), 'renditions[0].name', /need \{width\}/],
    ['{width} without widths', withRendition({ name: 'a{width}' }), 'renditions[0].name', /needs a list of widths/],
    [
      'the same width twice',
      withRendition({ name: 'a{width}', widths: [1, 1] }),
      'renditions[0]',
      /two renditions would write a1 as webp/,
    ],
    [
      'width given twice',
      withRendition({ widths: [1], resize: { width: 2 } }),
      'renditions[0].resize.width',
      /widths says it already/,
    ],
    [
      'names that differ in case only',
      { ...minimal, renditions: [...minimal.renditions, { name: 'A', formats: { webp: {} } }] },
      'renditions[1]',
      /write A as webp/,
    ],
    [
      'too many files',
      withRendition({
        name: '{width}',
        widths: Array.from({ length: 32 }, (_, i) => i + 1),
        formats: { webp: {}, png: {}, jpeg: {} },
      }),
      'renditions',
      /at most 64 files/,
    ],
    ['too many pixels allowed', { ...minimal, input: { maxPixels: 1e9 + 1 } }, 'input.maxPixels', /1000000001/],
  ])('%s', (_name, document, path, message) => {
    const refusal = refusalOf(document);
    expect(refusal).toMatchObject({ code: 'INVALID_RECIPE', kind: 'permanent', details: { path } });
    expect(refusal.message).toMatch(message);
    expect(refusal.message).not.toContain('\n');
  });

  test.each(['../a', 'a/b', '', '.hidden', 'a b', 'ä', '-a', 'a'.repeat(101)])('the rendition name %j', (name) => {
    expect(refusalOf(withRendition({ name })).details.path).toBe('renditions[0].name');
  });
});

test('built-in recipes: the thumbnail is exact and enlarges, web and convert do not', () => {
  const { thumbnail, web, convert } = builtInRecipes;
  expect(expandRenditions(thumbnail)).toEqual([
    expect.objectContaining({
      fileName: 'thumbnail.webp',
      resize: { width: 256, height: 256, fit: 'cover', withoutEnlargement: false },
    }),
  ]);
  expect(
    expandRenditions(web)
      .map(({ fileName }) => fileName)
      .toSorted(),
  ).toEqual(
    ['w320', 'w640', 'w1280', 'w1920']
      .flatMap((name) => ['avif', 'jpg', 'webp'].map((ext) => `${name}.${ext}`))
      .toSorted(),
  );
  expect(expandRenditions(web).every(({ resize }) => resize?.withoutEnlargement === true)).toBe(true);
  expect(expandRenditions(convert)).toEqual([expect.objectContaining({ fileName: 'converted.webp', operations: [] })]);
});
