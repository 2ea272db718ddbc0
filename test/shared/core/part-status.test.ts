import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReceiptNotice } from '../../../shared/core/notice.ts';
import { isComplete, joinNotices } from '../../../shared/core/part-status.ts';
import { noticeOf, serializeReceipt } from '../../../shared/core/receipt.ts';
import { outcomeOf, receiptOf, statuses } from '../../builders/protocol.ts';

const images = 8;
const notices = fc
  .array(fc.array(fc.tuple(fc.integer({ min: 0, max: images - 1 }), statuses), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((receipts) =>
    receipts.map((pairs): ReceiptNotice => {
      const outcomes = [...new Map(pairs)].map(([ordinal, status]) => outcomeOf(ordinal, status));
      const receipt = { ...receiptOf(outcomes), job: 'job' };
      return noticeOf(receipt, serializeReceipt(receipt).name, images);
    }),
  );
const deliveries = notices.chain((all) =>
  fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
);

test('order, grouping and duplicates of notices do not matter', () => {
  fc.assert(
    fc.property(deliveries, fc.nat(12), ([all, delivered], cut) => {
      const once = joinNotices(undefined, all);
      const status = joinNotices(joinNotices(undefined, delivered.slice(0, cut)), delivered.slice(cut));
      expect({ ...status, receipts: status?.receipts.toSorted(), failures: [] }).toEqual({
        ...once,
        receipts: once?.receipts.toSorted(),
        failures: [],
      });
    }),
  );
});

test('40: sums count a receipt once, and counts come from the set', () => {
  const receipt = { ...receiptOf([outcomeOf(0), outcomeOf(1, 'failed')]), job: 'job' };
  const notice = noticeOf(receipt, 'a', 2);
  const status = joinNotices(joinNotices(undefined, [notice]), [notice, notice]);
  expect(status).toMatchObject({ counts: { succeeded: 1, failed: 1, skipped: 0 }, bytesIn: 10, computeMs: 30 });
  expect(status?.failures).toEqual([{ source: '1.jpg', code: 'CORRUPT_IMAGE', message: 'cut off' }]);
  expect(status && isComplete(status)).toBe(true);
});

test('notices that tell nothing new leave the very same status, so that nothing is written', () => {
  const notice = noticeOf({ ...receiptOf([outcomeOf(0)]), job: 'job' }, 'a', 2);
  const status = joinNotices(undefined, [notice]);
  expect(joinNotices(status, [notice])).toBe(status);
  expect(joinNotices(undefined, [])).toBeUndefined();
  expect(status && isComplete(status)).toBe(false);
});
