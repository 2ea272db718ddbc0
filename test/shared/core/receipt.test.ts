import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { NoticeSchema } from '../../../shared/core/notice.ts';
import { OutcomeSet } from '../../../shared/core/outcome-set.ts';
import {
  noticeOf,
  receiptNameOfKey,
  ReceiptSchema,
  serializeReceipt,
  withoutOutcome,
} from '../../../shared/core/receipt.ts';
import { outcomeOf, receiptOf, s3Keys, smallRecipe, sourceOf, statuses } from '../../builders/protocol.ts';

const ordinals = fc
  .uniqueArray(fc.integer({ min: 0, max: limits.maxImagesPerShard - 1 }), { minLength: 1, maxLength: 60 })
  .map((list) => list.toSorted((a, b) => a - b));

test('a notice is below 8 KB whatever the sources are called and the errors say', () => {
  const failing = fc.tuple(s3Keys, fc.string({ unit: 'binary', maxLength: 500 }));
  fc.assert(
    fc.property(fc.array(failing, { minLength: 1, maxLength: 8 }), (failures) => {
      const outcomes = failures.map(([source, message], index) => ({
        ...outcomeOf(index * 60, 'failed'),
        source: source.repeat(20).slice(0, 1_024),
        error: { code: 'UNSUPPORTED_FORMAT' as const, message },
      }));
      const notice = noticeOf({ ...receiptOf(outcomes), job: 'f'.repeat(24) }, 'x'.repeat(60), 100_000);
      expect(Buffer.byteLength(JSON.stringify(notice))).toBeLessThan(limits.maxNoticeBytes);
      expect(NoticeSchema.parse(notice)).toEqual(notice);
      expect(notice.failures.length).toBe(Math.min(failures.length, limits.maxFailuresInNotice));
    }),
  );
});

test('a notice of control characters alone is below 8 KB', () => {
  const outcomes = Array.from({ length: 500 }, (_, index) => ({
    ...outcomeOf(99_500 + index, 'failed'),
    source: '\u0001'.repeat(1_024),
    error: { code: 'UNSUPPORTED_FORMAT' as const, message: '\u0001'.repeat(500) },
  }));
  const notice = noticeOf(
    { ...receiptOf(outcomes), job: 'f'.repeat(24) },
    '0999/099500-099999-0123456789abcdef01234567',
    100_000,
  );
  expect(Buffer.byteLength(JSON.stringify(notice))).toBeLessThan(limits.maxNoticeBytes);
});

test('a notice tells the status of exactly the ordinals of its receipt', () => {
  fc.assert(
    fc.property(ordinals, statuses, (list, status) => {
      const notice = noticeOf({ ...receiptOf(list.map((o) => outcomeOf(o, status))), job: 'job' }, 'name', 1_000);
      const set = OutcomeSet.decode(notice.last - notice.first + 1, notice.outcomes);
      const told = Array.from({ length: set.size }, (_, index) => index).filter((index) => set.has(index));
      expect(told.map((index) => index + notice.first)).toEqual(list);
      expect(set.counts()[status]).toBe(list.length);
    }),
  );
});

test('42c: receipts of one shard that differ in range or content have different keys, equal ones the same', () => {
  const a = serializeReceipt(receiptOf([outcomeOf(0), outcomeOf(1)]));
  const b = serializeReceipt(receiptOf([outcomeOf(1), outcomeOf(2)]));
  const c = serializeReceipt(receiptOf([outcomeOf(0, 'failed'), outcomeOf(1)]));
  expect(new Set([a.key, b.key, c.key]).size).toBe(3);
  expect(serializeReceipt(receiptOf([outcomeOf(0), outcomeOf(1)]))).toEqual(a);
  expect(ReceiptSchema.parse(JSON.parse(a.body))).toEqual(receiptOf([outcomeOf(0), outcomeOf(1)]));
});

test("a receipt's name is found in its key, and keys of other kinds have none", () => {
  const { key, name } = serializeReceipt(receiptOf([outcomeOf(7)]));
  expect(receiptNameOfKey(key)).toBe(name);
  expect(receiptNameOfKey('_fanlight/jobs/j/parts/000000/status.json')).toBeUndefined();
});

test('receipts of single images lie under their route and day', () => {
  const { job: _, ...single } = receiptOf([outcomeOf(0)], { route: 'in put/', shard: 'abc' });
  expect(serializeReceipt(single).key).toMatch(/^_fanlight\/daily\/in%20put%2F\/2026-11-23\/abc-[0-9a-f]{24}\.json$/);
});

test('the sources without an outcome are the others', () => {
  const shard = {
    v: 1 as const,
    route: '',
    part: 0,
    partImages: 3,
    shard: '0000',
    recipe: smallRecipe,
    output: { prefix: '' },
    fresh: true,
    force: false,
    sources: [0, 1, 2].map((ordinal) => sourceOf(ordinal)),
    hop: 0,
    transient: 0,
  };
  expect(withoutOutcome(shard, new Set([1])).map(({ ordinal }) => ordinal)).toEqual([0, 2]);
});
