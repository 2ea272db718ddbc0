import { expect, test } from 'vitest';
import { predictMemoryBytes } from '../../../shared/core/predicted-memory.ts';
import { planRender } from '../../../shared/core/render-plan.ts';
import { oneRendition } from '../../builders/renders.ts';

const header = { width: 8_000, height: 6_000, hasAlpha: false, isProgressive: false };
const thumbnail = { resize: { width: 256, height: 256 }, formats: { webp: {} } };

function predictedMb(format: string, rendition: object, rest: object = {}, more: object = {}): number {
  const recipe = oneRendition(rendition, rest);
  return predictMemoryBytes(planRender(recipe, format), { ...header, ...more }, format) / 2 ** 20;
}

// Peak resident memory in MiB of a fresh process that rendered the 48-megapixel image of that line (sharp 0.35.5, x86-64).
test.each([
  ['a JPEG shrinks while it loads', 105, () => predictedMb('jpeg', thumbnail)],
  ['a progressive JPEG does not', 243, () => predictedMb('jpeg', thumbnail, {}, { isProgressive: true })],
  ['a WebP does', 106, () => predictedMb('webp', thumbnail)],
  ['an AVIF is decoded whole', 942, () => predictedMb('avif', thumbnail)],
  ['a quarter turn copies', 256, () => predictedMb('jpeg', thumbnail, { operations: [{ rotate: { angle: 90 } }] })],
  ['a cut holds the picture', 391, () => predictedMb('jpeg', thumbnail, { operations: [{ flip: true }] })],
  ['a free angle enlarges', 510, () => predictedMb('jpeg', thumbnail, { operations: [{ rotate: { angle: 30 } }] })],
  ['a blur of the whole', 393, () => predictedMb('jpeg', thumbnail, { operations: [{ blur: { sigma: 5 } }] })],
  ['a JPEG at full size', 399, () => predictedMb('jpeg', { formats: { jpeg: {} } })],
  ['a WebP at full size', 330, () => predictedMb('jpeg', { formats: { webp: {} } })],
  ['an AVIF at full size', 1_534, () => predictedMb('jpeg', { formats: { avif: {} } })],
  ['two formats share the pixels', 530, () => predictedMb('jpeg', { formats: { jpeg: {}, webp: {} } })],
])('%s: %i MB, predicted to 10 %%', (_name, measuredMb, predicted) => {
  expect(predicted()).toBeGreaterThan(measuredMb * 0.9);
  expect(predicted()).toBeLessThan(measuredMb * 1.1);
});

test('an enlargement counts by its result', () => {
  const resize = { width: 16_000, height: 16_000, withoutEnlargement: false };
  expect(predictedMb('jpeg', { resize, formats: { webp: {} } }, {}, { width: 10, height: 10 })).toBeGreaterThan(1_000);
});
