import { expect, test } from 'vitest';
import { mapConcurrently } from '../../../shared/core/map-concurrently.ts';

test('keeps the order and the limit', async () => {
  let underWay = 0;
  let most = 0;
  const results = await mapConcurrently([3, 1, 2, 0, 1], 2, async (turns, index) => {
    most = Math.max(most, ++underWay);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    underWay -= 1;
    return index;
  });
  expect(results).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
});

test('an error stops what is not begun, and waits for what is', async () => {
  const ended: number[] = [];
  const work = mapConcurrently([0, 1, 2, 3], 2, async (item) => {
    if (item === 0) throw new Error('first');
    await Promise.resolve();
    ended.push(item);
  });
  await expect(work).rejects.toThrow('first');
  expect(ended).toEqual([1]);
});
