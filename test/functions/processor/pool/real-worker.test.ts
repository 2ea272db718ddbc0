import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPool } from '../../../../functions/processor/pool/pool.ts';
import { builtInRecipes } from '../../../../shared/core/built-in-recipes.ts';
import { photo } from '../../../builders/photos.ts';
import { builderPath, poolOf, temporaryDirectory } from '../../../builders/pool-of-fakes.ts';
import { oneRendition } from '../../../builders/renders.ts';

const workerPath = builderPath('../../functions/processor/worker.ts');

test('real workers render, refuse and say what they are', async () => {
  const pool = poolOf('', { workerPath });
  const outputDir = await temporaryDirectory();
  const inputPath = join(outputDir, 'source');
  await writeFile(inputPath, await photo().jpeg().toBuffer());
  const task = { inputPath, outputDir, timeoutMs: 10_000 };
  expect(pool.engine()).toBeUndefined();
  const outcomes = await Promise.all([
    pool.run({ ...task, recipe: builtInRecipes.thumbnail }),
    pool.run({ ...task, recipe: oneRendition({ operations: [{ rotate: { angle: 90 } }] }) }),
    pool.run({ ...task, recipe: builtInRecipes.thumbnail, inputPath: workerPath }),
    pool.run({ ...task, recipe: oneRendition({}, { input: { maxPixels: 10 } }) }),
  ]);
  expect(outcomes).toMatchObject([
    { status: 'rendered', files: [{ fileName: 'thumbnail.webp', width: 256, height: 256 }] },
    { status: 'rendered', files: [{ fileName: 'a.png', width: 80, height: 120 }] },
    { status: 'failed', error: { code: 'UNSUPPORTED_FORMAT' } },
    { status: 'failed', error: { code: 'TOO_MANY_PIXELS' } },
  ]);
  expect(pool.engine()).toMatchObject({ sharp: expect.stringMatching(/^\d+\.\d+/) as unknown });
});

test('an image that can never fit into memory fails before it is decoded', async () => {
  const pool = createPool({ workerPath, size: 1, budgetBytes: 120e6 });
  const outputDir = await temporaryDirectory();
  const inputPath = join(outputDir, 'source');
  await writeFile(inputPath, await photo({ width: 2_000, height: 2_000 }).png({ compressionLevel: 1 }).toBuffer());
  const recipe = oneRendition({ formats: { avif: {} } });
  const outcome = await pool.run({ inputPath, outputDir, recipe, timeoutMs: 10_000 });
  await pool.close();
  expect(outcome).toMatchObject({ status: 'failed', error: { code: 'OUT_OF_MEMORY' }, input: { width: 2_000 } });
});
