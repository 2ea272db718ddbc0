import { expect, test } from 'vitest';
import { packShards } from '../../../shared/core/pack-shards.ts';
import { parsePart, sealOf, serializePart, type PartHeader } from '../../../shared/core/plan.ts';
import { jobOf, templateOf } from '../../builders/plans.ts';
import { sourceOf } from '../../builders/protocol.ts';

const header: PartHeader = {
  v: 1,
  job: 'job',
  part: 2,
  shards: 1,
  images: 2,
  bytes: 200_000,
  total: { shards: 5, images: 9, bytes: 900_000 },
  start: { source: 0, after: 'a' },
  next: null,
};

test('a part is read as it was written', () => {
  const part = {
    header,
    shards: packShards(templateOf({ part: 2 }), [{ source: sourceOf(0) }, { source: sourceOf(1) }]),
  };
  expect(parsePart(serializePart(part))).toMatchObject(part);
});

test('a part that lost a line is refused', () => {
  expect(() => parsePart(serializePart({ header, shards: [] }))).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
});

test('the seal sums up all parts, and does not count an empty last one', () => {
  const { upload } = jobOf();
  expect(sealOf(upload, header)).toEqual({ v: 1, job: 'job', upload, parts: 3, shards: 5, images: 9, bytes: 900_000 });
  const empty: PartHeader = { ...header, part: 3, shards: 0, images: 0, bytes: 0 };
  expect(sealOf(upload, empty)).toMatchObject({ parts: 3, images: 9 });
  const error = { code: 'ACCESS_DENIED' as const, message: 'no' };
  expect(sealOf(upload, { ...empty, error })).toMatchObject({ parts: 3, error });
});
