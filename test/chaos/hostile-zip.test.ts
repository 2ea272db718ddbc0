import { expect, test } from 'vitest';
import { calmRun } from '../model/watched-job.ts';
import { lowerLimits } from '../simulation/jobs.ts';
import { hostileZip, smallParts } from './job-specs.ts';

test('a calm run of the hostile zip gives each member the outcome that a person would expect', async () => {
  using _ = lowerLimits(smallParts);
  const { evidence } = await calmRun(hostileZip);
  const outcomes = evidence.parts
    .flatMap(({ results }) => results)
    .map(({ source, status, error, reason, renditions }) => [
      source,
      error?.code ?? reason ?? status,
      ...renditions.map(({ key }) => key),
    ]);
  const below = 'renditions/hostile-zip/images.zip#';
  expect(outcomes).toEqual([
    ['images.zip#a/1.jpg', 'succeeded', `${below}a/1.jpg/small.webp`],
    ['images.zip#damaged.jpg', 'ARCHIVE_CORRUPT'],
    ['images.zip#a/1.jpg', 'KEY_COLLISION'],
    ['images.zip#../up.jpg', 'ENTRY_UNSAFE'],
    ['images.zip#empty.png', 'EMPTY_SOURCE'],
    ['images.zip#é 2.jpg', 'succeeded', `${below}é 2.jpg/small.webp`],
    ['images.zip#note.txt', 'not-an-image'],
    ['images.zip#a/1.jpg', 'KEY_COLLISION'],
    ['images.zip#text.jpg', 'UNSUPPORTED_FORMAT'],
    ['images.zip#killer.jpg', 'WORKER_CRASHED'],
    ['images.zip#last.jpg', 'succeeded', `${below}last.jpg/small.webp`],
  ]);
  expect(Object.keys(evidence.renditions)).toEqual(
    ['a/1.jpg', 'last.jpg', 'é 2.jpg'].map((name) => `${below}${name}/small.webp`),
  );
  expect(evidence.report?.images).toEqual({ total: 11, succeeded: 3, failed: 7, skipped: 1 });
});
