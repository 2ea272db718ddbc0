import { expect, test } from 'vitest';
import { activePrefix, receiptName, shardId, stateKey } from '../../../shared/core/state-key.ts';

test.each([
  ['parts', (n: number) => stateKey.plan('j', n)],
  ['shards', (n: number) => stateKey.shardReceipts('j', 0, shardId(n))],
  ['receipts', (n: number) => receiptName('0000', n, n + 1, 'f')],
])('keys of %s sort as their numbers do', (_, keyOf) => {
  const keys = [0, 9, 10, 99, 100, 999].map(keyOf);
  expect(keys.toSorted()).toEqual(keys);
});

test('the layout is the one of the design', () => {
  expect(stateKey.active('j')).toBe(`${activePrefix}j`);
  expect(stateKey.plan('j', 3)).toBe('_fanlight/jobs/j/parts/000003/plan.jsonl');
  expect(stateKey.shardReceipts('j', 3, '0007')).toBe('_fanlight/jobs/j/parts/000003/receipts/0007/');
  expect(stateKey.resent('j', 3, '0007', 2)).toBe('_fanlight/jobs/j/parts/000003/resent/0007.2');
  expect(stateKey.reportJson('j')).toBe('_fanlight/jobs/j/report.json');
  expect(stateKey.daily('in/', '2026-11-23', 'a-b')).toBe('_fanlight/daily/in%2F/2026-11-23/a-b.json');
  expect(stateKey.daily('in/', '2026-11-23', 'a-b').startsWith(stateKey.dailyShard('in/', '2026-11-23', 'a'))).toBe(
    true,
  );
});

test("an uploader finds the pointer with PutObject's quoted ETag and the splitter with the event's bare one", () => {
  expect(stateKey.uploadPointer('b', 'k', '"abc"')).toBe(stateKey.uploadPointer('b', 'k', 'abc'));
  expect(stateKey.uploadPointer('b', 'k', 'abc')).not.toBe(stateKey.uploadPointer('b', 'k', 'abd'));
});
