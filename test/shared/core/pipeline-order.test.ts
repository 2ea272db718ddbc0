import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NamedOperation } from '../../../shared/core/operations.ts';
import { namedOperation } from '../../../shared/core/operations.ts';
import { cutPipelines } from '../../../shared/core/pipeline-order.ts';
import { parseRecipe } from '../../../shared/core/recipe.ts';
import { operations } from '../../builders/recipes.ts';

const parsed = (written: readonly object[]): NamedOperation[] =>
  parseRecipe({ name: 'x', operations: written, renditions: [{ name: 'a', formats: { png: {} } }] }).operations.map(
    namedOperation,
  );

const cover = { resize: { width: 9, height: 9 } };
const width = { resize: { width: 9 } };
const fill = { resize: { width: 9, height: 9, fit: 'fill' } };
const padded = { resize: { width: 9, height: 9, fit: 'contain', background: 'transparent' } };
const extract = { extract: { left: 0, top: 0, width: 5, height: 5 } };
const quarter = { rotate: { angle: 90 } };
const free = { rotate: { angle: 12 } };
const [flip, flop, blur, sharpen, greyscale] = [
  { flip: true },
  { flop: true },
  { blur: { sigma: 2 } },
  { sharpen: true },
  { greyscale: true },
];

test('cutting loses, adds and moves nothing', () => {
  fc.assert(
    fc.property(fc.array(operations, { maxLength: 12 }), (written) => {
      const list = parsed(written);
      const groups = cutPipelines(list);
      expect(groups.flat()).toEqual(list);
      expect(groups.every((group) => group.length > 0)).toBe(true);
    }),
  );
});

test.each([
  ["sharp's own order", [extract, greyscale, width, flip, flop, blur, sharpen]],
  ['a thumbnail and its sharpening', [cover, sharpen]],
  ['an extract on both sides of a resize', [extract, cover, extract]],
  ['a quarter turn before what follows', [quarter, extract, cover, blur]],
  ['a quarter turn of a stretched picture', [fill, quarter]],
])('%s stays one pipeline', (_name, written) => {
  expect(cutPipelines(parsed(written))).toHaveLength(1);
});

test.each<[string, object[], object[]]>([
  ['resize after blur', [blur], [cover]],
  ['greyscale after resize', [cover], [greyscale]],
  ['a second resize', [width], [cover]],
  ['the same flip twice', [flip], [flip]],
  ['flip after flop', [flop], [flip]],
  ['extract after flip', [flip], [extract]],
  ['a turn after a crop', [cover], [quarter]],
  ['a quarter turn after one side was given', [width], [quarter]],
  ['a flip after a crop', [cover], [flip]],
  ['flip after rotate, with a resize between', [quarter, width], [flip]],
  ['a filter after a free angle', [free], [sharpen]],
  ['a filter after a transparent padding', [padded], [blur]],
  ['the mild blur before sharpen', [{ blur: true }], [sharpen]],
])('%s needs a cut', (_name, before, after) => {
  expect(cutPipelines(parsed([...before, ...after]))).toEqual([parsed(before), parsed(after)]);
});
