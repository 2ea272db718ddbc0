import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, array, asyncProperty, integer } from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ByteBudget } from '../../../functions/processor/byte-budget.ts';
import { openScratch, removeLeftovers } from '../../../functions/processor/scratch.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'fanlight-scratch-test-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

test('a scratch directory is gone with everything in it, and so is an image directory whose work threw', async () => {
  {
    await using scratch = await openScratch(parent);
    await expect(
      scratch.inDirectory(1, async (directory) => {
        await writeFile(join(directory, 'source'), 'bytes');
        throw new Error('broken');
      }),
    ).rejects.toThrow('broken');
    await scratch.inDirectory(1, async (directory) => writeFile(join(directory, 'source'), 'bytes'));
    expect(await readdir(parent)).toHaveLength(1);
  }
  expect(await readdir(parent)).toEqual([]);
});

test('leftovers of processes that are gone are removed, those of living ones and of others are not', async () => {
  const ended = spawnSync(process.execPath, ['--version']).pid;
  const names = [
    `fanlight-${ended}-abc`,
    `fanlight-${process.pid}-abc`,
    `fanlight-${process.ppid}-abc`,
    'fanlight-other',
    'x',
  ];
  for (const name of names) await mkdir(join(parent, name, 'deep'), { recursive: true });
  await removeLeftovers(parent);
  const left = await readdir(parent);
  expect(new Set(left)).toEqual(new Set([`fanlight-${process.ppid}-abc`, 'fanlight-other', 'x']));
});

test('a byte budget is never exceeded but by a single giant, and everybody is served', async () => {
  const capacityBytes = 100;
  await assert(
    asyncProperty(array(integer({ min: 0, max: 250 }), { maxLength: 30 }), async (sizes) => {
      const budget = new ByteBudget(capacityBytes);
      const held = new Set<{ shareBytes: number }>();
      let served = 0;
      const hold = (bytes: number) =>
        budget.hold(bytes, async () => {
          const holder = { shareBytes: Math.min(bytes, capacityBytes) };
          held.add(holder);
          const heldBytes = [...held].reduce((sum, { shareBytes }) => sum + shareBytes, 0);
          expect(heldBytes).toBeLessThanOrEqual(capacityBytes);
          await new Promise((resolve) => setImmediate(resolve));
          held.delete(holder);
          served += 1;
        });
      await Promise.all(sizes.map(hold));
      expect(served).toBe(sizes.length);
    }),
  );
});

test('what is found not to be needed is given to others before the work has ended', async () => {
  const budget = new ByteBudget(100);
  let otherBytes = 0;
  await budget.hold(100, async (shrinkTo) => {
    const other = budget.hold(40, async () => void (otherBytes = 40));
    shrinkTo(70);
    await new Promise((resolve) => setImmediate(resolve));
    expect(otherBytes).toBe(0);
    shrinkTo(60);
    await other;
    // More than it holds is not given.
    shrinkTo(90);
    await budget.hold(40, async () => void (otherBytes = 80));
  });
  expect(otherBytes).toBe(80);
  await budget.hold(100, async () => void (otherBytes = 100));
  expect(otherBytes).toBe(100);
});
