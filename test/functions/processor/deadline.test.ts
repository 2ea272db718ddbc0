import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRecipe } from '../../../shared/core/recipe.ts';
import type { Shard } from '../../../shared/core/shard.ts';
import type { Source } from '../../../shared/core/source.ts';
import { picture, textFile } from '../../builders/images.ts';
import { openProcessorStage, type ProcessorStage } from '../../builders/processor-stage.ts';

let stage: ProcessorStage;
let sources: Source[];
beforeAll(async () => {
  stage = await openProcessorStage();
  const good = await picture();
  const bodies = [good, good, textFile, good, good];
  sources = await Promise.all(bodies.map((body, index) => stage.put(`deadline/${index}.jpg`, body)));
});
afterAll(() => stage.dispose());

/** Time that is over after so many images have been started. */
function timeFor(images: number): () => number {
  let asked = -1;
  return () => (asked++ < images ? 120_000 : 0);
}

test.each([0, 1, 2, 3, 4, 5])(
  'with time for %i of 5 images each gets one outcome, the rest in copies',
  async (images) => {
    const shard = stage.shardOf(sources, { fresh: true });
    const options = { processor: { lanes: 1 } };
    await stage.deliver(shard, { ...options, remainingMs: timeFor(images) });

    const job = shard.job ?? '';
    expect(await stage.outcomes(job)).toHaveLength(images);
    const copies = await stage.copies(job);
    expect(copies.map(({ shard: copy, delayed }) => ({ hop: copy.hop, transient: copy.transient, delayed }))).toEqual(
      images === 5 ? [] : [{ hop: 1, transient: 0, delayed: false }],
    );
    expect(copies.flatMap(({ shard: copy }) => copy.sources)).toEqual(sources.slice(images));

    for (const { shard: copy } of copies) await stage.deliver(copy, options);
    const outcomes = await stage.outcomes(job);
    expect(outcomes.map(({ ordinal }) => ordinal)).toEqual(sources.map(({ ordinal }) => ordinal));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'succeeded',
      'succeeded',
      'failed',
      'succeeded',
      'succeeded',
    ]);
    expect(outcomes.every(({ attempts }) => attempts === 1)).toBe(true);
    expect(await stage.leftovers()).toEqual([]);
  },
);

test('an image under way when the time is over goes into the copy, and leaves nothing behind', async () => {
  const slow = parseRecipe({
    name: 'slow',
    renditions: [{ name: 'slow', formats: { avif: { effort: 9, quality: 90 } } }],
  });
  const large = await stage.put('deadline/large.jpg', await picture({ width: 4_000, height: 3_000 }));
  const shard: Shard = stage.shardOf([large], { recipe: slow });
  const endMs = performance.now() + 1_500;
  await stage.deliver(shard, { remainingMs: () => Math.max(0, endMs - performance.now()) });

  expect(await stage.receipts(shard.job ?? '')).toEqual([]);
  const copies = await stage.copies(shard.job ?? '');
  expect(copies).toEqual([
    { shard: { ...shard, hop: 1, sources: [{ ...large, attempts: 1 }] }, delayed: false, group: shard.job },
  ]);
  expect(stage.processor.pool.workers().filter(({ busy }) => busy)).toEqual([]);
  expect(await stage.leftovers()).toEqual([]);
});
