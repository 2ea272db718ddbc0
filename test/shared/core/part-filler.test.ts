import { expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { PartFiller, type PlannedSource } from '../../../shared/core/part-filler.ts';
import type { Part, PartHeader } from '../../../shared/core/plan.ts';
import { templateOf } from '../../builders/plans.ts';
import { workPredictor } from '../../../shared/core/work.ts';
import { hugeRecipe, smallRecipe, sourceOf } from '../../builders/protocol.ts';

const planned = (index: number, size = 1_000, name = `${String(index).padStart(7, '0')}.jpg`): PlannedSource => {
  const { ordinal: _, ...source } = sourceOf(0, { name, key: name, size });
  return { source, after: { source: 0, after: name } };
};

/** Plans a listing part by part, as the splitter does. */
function planAll(count: number, source: (index: number) => PlannedSource, template = templateOf()): Part[] {
  const parts: Part[] = [];
  let index = 0;
  let previous: PartHeader | undefined;
  do {
    const filler = new PartFiller({ ...template, part: parts.length });
    while (index < count && filler.take(source(index))) index += 1;
    const part = filler.build(previous?.next ?? { source: 0 }, previous, { exhausted: index === count });
    parts.push(part);
    previous = part.header;
    const { next } = part.header;
    if (next !== null) index = Number(next.after?.slice(0, 7)) + 1;
  } while (previous.next !== null);
  return parts;
}

const namesOf = (parts: readonly Part[]): string[] =>
  parts.flatMap(({ shards }) => shards.flatMap(({ sources }) => sources.map(({ name }) => name)));

test('small images fill parts of 10,000, and totals run on', () => {
  const parts = planAll(20_001, (index) => planned(index));
  expect(parts.map(({ header }) => header.images)).toEqual([10_000, 10_000, 1]);
  expect(parts.at(-1)?.header.total).toMatchObject({ images: 20_001, bytes: 20_001_000, renditions: 20_001 });
  expect(new Set(namesOf(parts)).size).toBe(20_001);
});

test('heavy work closes a part early: what does not fit any more goes to the next', () => {
  const parts = planAll(10, (index) => planned(index), templateOf({ recipe: hugeRecipe }));
  expect(parts.length).toBeGreaterThan(2);
  expect(namesOf(parts)).toEqual(Array.from({ length: 10 }, (_, index) => planned(index).source.name));
  for (const { header, shards } of parts)
    expect(shards.flatMap(({ sources }) => sources.map(({ ordinal }) => ordinal))).toEqual(
      Array.from({ length: header.images }, (_, ordinal) => ordinal),
    );
});

test('never more shards than a part may have: packing gives the rest back', () => {
  // Each alone in its shard, because two would be above the work of one, while their sum leaves room for more than 1,000.
  const parts = planAll(1_500, (index) => planned(index, 1_200_000_000));
  expect(Math.max(...parts.map(({ shards }) => shards.length))).toBe(limits.maxShardsPerPart);
  expect(new Set(namesOf(parts)).size).toBe(1_500);
  for (const { header, shards } of parts) expect(shards[0]?.partImages).toBe(header.images);
});

test('the bytes of a part are bounded, whatever names are like', () => {
  const parts = planAll(6_000, (index) =>
    planned(index, 1_000, `${String(index).padStart(7, '0')}${'\u0001'.repeat(1_000)}`),
  );
  expect(parts.length).toBeGreaterThan(1);
  for (const { shards } of parts) expect(JSON.stringify(shards).length).toBeLessThan(1.1 * limits.maxPartBytes);
});

test('an empty part ends the plan; an error ends it with what was taken', () => {
  const filler = new PartFiller(templateOf());
  const start = { source: 1 };
  expect(filler.build(start, undefined, { exhausted: true }).header).toMatchObject({ images: 0, start, next: null });
  filler.take(planned(0));
  const error = { code: 'ACCESS_DENIED' as const, message: 'no' };
  expect(filler.build(start, undefined, { exhausted: false, error }).header).toMatchObject({
    images: 1,
    next: null,
    error,
  });
  expect(filler.build(start, undefined, { exhausted: false }).header).toMatchObject({ next: planned(0).after });
});

/** A part of two images, the size of one of them not known. */
function twoImages(previous?: PartHeader): PartHeader {
  const filler = new PartFiller(templateOf());
  const { size: _, ...unsized } = planned(2).source;
  filler.take(planned(1, 1_000_000));
  filler.take({ ...planned(2), source: unsized });
  return filler.build({ source: 0 }, previous, { exhausted: false }).header;
}

test('predicted work and images of unknown size run on, unless an earlier part does not say them', () => {
  const first = twoImages();
  const predict = workPredictor(smallRecipe);
  expect(first.total).toMatchObject({ workMs: Math.round(predict(1_000_000) + predict(undefined)), unsizedImages: 1 });
  const { workMs = 0 } = first.total;
  expect(twoImages(first).total).toMatchObject({ workMs: 2 * workMs, unsizedImages: 2 });
  const { shards, images, bytes } = first.total;
  expect(twoImages({ ...first, total: { shards, images, bytes } }).total.workMs).toBeUndefined();
});

test('what is known already, members of archives and renditions run on for the prediction of the cost', () => {
  const filler = new PartFiller(templateOf());
  const { source, after } = planned(1);
  filler.take({ source, after });
  filler.take({ source: { ...source, verdict: { status: 'skipped', reason: 'filtered' } }, after });
  filler.take({ source: { ...source, entry: { format: 'tar', offset: 512 } }, after });
  const { total } = filler.build({ source: 0 }, undefined, { exhausted: true }).header;
  expect(total).toMatchObject({ images: 3, settledImages: 1, memberImages: 1, renditions: 2 });
});

const shardsOfPart = (part: number): number => {
  const filler = new PartFiller(templateOf({ part }));
  for (let index = 0; index < 500; index++) filler.take(planned(index, 3_000_000));
  return filler.build({ source: 0 }, undefined, { exhausted: true }).shards.length;
};

test('only the first part is cut for parallelism: who waits for more has work for all processors', () => {
  expect(shardsOfPart(1)).toBeLessThan(shardsOfPart(0) / 2);
});
