import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';

const optional = { requiredKeys: [] };
const side = fc.integer({ min: 1, max: 16_383 });
const colour = fc.constantFrom(
  '#fff',
  '#00112233',
  'transparent',
  { r: 1, g: 2, b: 3 },
  { r: 1, g: 2, b: 3, alpha: 0.5 },
);

const resizeLook = {
  fit: fc.constantFrom('cover', 'contain', 'fill', 'inside', 'outside'),
  position: fc.constantFrom('centre', 'north', 'right top', 'entropy'),
  background: colour,
  kernel: fc.constantFrom('nearest', 'mks2021'),
  withoutEnlargement: fc.boolean(),
  withoutReduction: fc.boolean(),
  fastShrinkOnLoad: fc.boolean(),
};
const resize = fc.record({ width: side, height: side, ...resizeLook }, { requiredKeys: ['width'] });
const filter = fc.oneof(fc.constant(true), fc.record({ sigma: fc.double({ min: 0.3, max: 10, noNaN: true }) }));

/** An operation as a person writes it. */
export const operations: Arbitrary<object> = fc.oneof(
  resize.map((options) => ({ resize: options })),
  fc.record({ left: side, top: side, width: side, height: side }).map((extract) => ({ extract })),
  fc
    .record({ angle: fc.integer({ min: -360, max: 360 }), background: colour }, { requiredKeys: ['angle'] })
    .map((rotate) => ({ rotate })),
  filter.map((blur) => ({ blur })),
  filter.map((sharpen) => ({ sharpen })),
  fc.constantFrom({ flip: true }, { flop: true }, { greyscale: true }),
);

const quality = fc.integer({ min: 1, max: 100 });
const formats = fc
  .record(
    {
      jpeg: fc.record({ quality, mozjpeg: fc.boolean() }, optional),
      png: fc.record({ palette: fc.boolean(), compressionLevel: fc.integer({ min: 0, max: 9 }) }, optional),
      webp: fc.record({ quality, effort: fc.integer({ min: 0, max: 6 }) }, optional),
      avif: fc.record({ quality, bitdepth: fc.constantFrom(8, 10, 12) }, optional),
    },
    optional,
  )
  .filter((chosen) => Object.keys(chosen).length > 0);

const fewOperations = fc.array(operations, { maxLength: 4 });
const widths = fc.uniqueArray(side, { minLength: 1, maxLength: 4 });
const renditions = fc.oneof(
  fc.record(
    { widths, resize: fc.record(resizeLook, optional), operations: fewOperations, formats },
    { requiredKeys: ['widths', 'formats'] },
  ),
  fc.record({ resize, operations: fewOperations, formats }, { requiredKeys: ['formats'] }),
);

/** A valid recipe as a person writes it, with or without what has a default. */
export const recipeDocuments: Arbitrary<object> = fc
  .record(
    {
      $schema: fc.webUrl(),
      input: fc.record(
        {
          failOn: fc.constantFrom('none', 'truncated', 'error', 'warning'),
          maxPixels: fc.integer({ min: 1, max: 1e9 }),
        },
        optional,
      ),
      operations: fewOperations,
      renditions: fc.array(renditions, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['renditions'] },
  )
  .map((document) => ({
    ...document,
    name: 'generated',
    renditions: document.renditions.map((rendition, index) => ({
      ...rendition,
      name: 'widths' in rendition ? `r${index}-{width}` : `r${index}`,
    })),
  }));
