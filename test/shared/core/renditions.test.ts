import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../shared/core/hash.ts';
import { parseRecipe } from '../../../shared/core/recipe.ts';
import { expandRenditions, renditionFingerprint } from '../../../shared/core/renditions.ts';
import { recipeDocuments } from '../../builders/recipes.ts';

test('widths and formats are multiplied out, and no two files share a name', () => {
  fc.assert(
    fc.property(recipeDocuments, (document) => {
      const recipe = parseRecipe(document);
      const specs = expandRenditions(recipe);
      const counts = recipe.renditions.map(
        ({ widths, formats }) => (widths?.length ?? 1) * Object.keys(formats).length,
      );
      expect(specs).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
      expect(new Set(specs.map(({ fileName }) => fileName.toLowerCase())).size).toBe(specs.length);
      for (const { fileName } of specs) expect(fileName).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*\.(?:jpg|png|webp|avif)$/);
    }),
  );
});

test('every file of a recipe has its own fingerprint, unless two differ in name only', () => {
  fc.assert(
    fc.property(recipeDocuments, (document) => {
      const recipe = parseRecipe(document);
      const specs = expandRenditions(recipe);
      const contents = specs.map(({ name: _name, fileName: _fileName, ...content }) => canonicalJson(content));
      const fingerprints = specs.map((spec) => renditionFingerprint(recipe, spec));
      expect(new Set(fingerprints).size).toBe(new Set(contents).size);
    }),
  );
});

const base = {
  name: 'x',
  input: { failOn: 'error', maxPixels: 1000 },
  operations: [{ blur: { sigma: 2 } }],
  renditions: [
    {
      name: 'a',
      resize: { width: 10, fit: 'cover' },
      operations: [{ flip: true }],
      formats: { webp: { quality: 80 } },
    },
    { name: 'other', formats: { png: {} } },
  ],
};
const [first, other] = base.renditions;

function fingerprintOf(document: unknown, fileName: string): string {
  const recipe = parseRecipe(document);
  const spec = expandRenditions(recipe).find((found) => found.fileName === fileName);
  if (spec === undefined) throw new Error(`no ${fileName}`);
  return renditionFingerprint(recipe, spec);
}

test.each([
  ['an input option', { ...base, input: { ...base.input, failOn: 'none' } }],
  ['an operation of all', { ...base, operations: [{ blur: { sigma: 3 } }] }],
  ['the number of operations', { ...base, operations: [...base.operations, { flop: true }] }],
  ['a resize option', { ...base, renditions: [{ ...first, resize: { width: 10, fit: 'inside' } }, other] }],
  [
    'a resize option with a default',
    { ...base, renditions: [{ ...first, resize: { ...first?.resize, withoutEnlargement: false } }, other] },
  ],
  ['an operation of its own', { ...base, renditions: [{ ...first, operations: [{ flop: true }] }, other] }],
  ['a format option', { ...base, renditions: [{ ...first, formats: { webp: { quality: 81 } } }, other] }],
])('%s changes the fingerprint', (_name, changed) => {
  expect(fingerprintOf(changed, 'a.webp')).not.toBe(fingerprintOf(base, 'a.webp'));
});

test.each([
  ['the name of the recipe', { ...base, name: 'y' }],
  ['another rendition', { ...base, renditions: [first, { ...other, formats: { png: { palette: true } } }] }],
  ['one rendition less', { ...base, renditions: [first] }],
  ['the order of keys', { ...base, renditions: [{ ...first, resize: { fit: 'cover', width: 10 } }, other] }],
])('%s does not', (_name, changed) => {
  expect(fingerprintOf(changed, 'a.webp')).toBe(fingerprintOf(base, 'a.webp'));
});
