import * as fc from 'fast-check';
import type { Outcome } from '../../shared/core/outcome.ts';
import { parseRecipe, type Recipe } from '../../shared/core/recipe.ts';
import type { Receipt } from '../../shared/core/receipt.ts';
import type { Source } from '../../shared/core/source.ts';

/** A recipe of one small file. */
export const smallRecipe: Recipe = parseRecipe({
  name: 'small',
  renditions: [{ name: 'small', resize: { width: 64 }, formats: { webp: {} } }],
});

/** So much predicted work that three or four images fill a part; nothing in these tests renders it. */
export const hugeRecipe: Recipe = parseRecipe({
  name: 'huge',
  renditions: [
    { name: 'w{width}', widths: Array.from({ length: 32 }, (_, index) => 16_000 + index), formats: { avif: {} } },
  ],
});

export function sourceOf(ordinal: number, overrides: Partial<Source> = {}): Source {
  const name = `${ordinal}.jpg`;
  return {
    ordinal,
    name,
    bucket: 'uploads',
    key: name,
    version: {},
    size: 100_000,
    claimed: true,
    attempts: 0,
    ...overrides,
  };
}

/** A valid outcome; a failed or skipped one says why. */
export function outcomeOf(ordinal: number, status: Outcome['status'] = 'succeeded', attempts = 1): Outcome {
  return {
    ordinal,
    source: `${ordinal}.jpg`,
    status,
    ...(status === 'failed' ? { error: { code: 'CORRUPT_IMAGE', message: 'cut off' } } : {}),
    ...(status === 'skipped' ? { reason: 'not-an-image' } : {}),
    renditions: [],
    attempts,
    durationMs: 5,
  };
}

export function receiptOf(outcomes: readonly Outcome[], overrides: Partial<Receipt> = {}): Receipt {
  return {
    v: 1,
    job: 'job',
    route: 'in/',
    part: 0,
    shard: '0000',
    hop: 0,
    outcomes: [...outcomes],
    bytesIn: 10,
    bytesOut: 20,
    computeMs: 30,
    startedAt: '2026-11-23T05:00:00.000Z',
    finishedAt: '2026-11-23T05:00:01.000Z',
    environment: 'test',
    ...overrides,
  };
}

export const statuses = fc.constantFrom<Outcome['status']>('succeeded', 'failed', 'skipped');

/** What may be an S3 key, hostile ones included: well-formed, 1 to about 300 bytes. */
export const s3Keys = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        'a',
        '/',
        '//',
        '.',
        '..',
        './',
        '../',
        '%',
        '%2E',
        '%_',
        '%2B',
        '+',
        ' ',
        '\\',
        '\u0000',
        'é',
        'e\u0301',
        'C:',
      ),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    .map((pieces) => pieces.join('')),
);
