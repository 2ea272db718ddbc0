import { PutObjectCommand } from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Member } from '../../../../shared/sources/member.ts';
import { readTar } from '../../../../shared/sources/tar/read-tar.ts';
import { archiveShelf, readAll, summaryOf } from '../../../builders/tar-archives.ts';
import { tarParts } from '../../../builders/tar-arbitrary.ts';
import { endOfTar, paxHeader, tarOf } from '../../../builders/tar-builder.ts';

test('every file once, its bytes where its entry says, from any cursor on, by blocks of any size', async () => {
  const shelf = await archiveShelf();
  await fc.assert(
    fc.asyncProperty(tarParts, fc.integer({ min: 512, max: 9_000 }), fc.nat(), async (parts, rangeBytes, seed) => {
      const tar = Buffer.concat([...parts.map(({ blocks }) => blocks), endOfTar]);
      const files = parts.flatMap(({ file }) => file ?? []);
      const archive = await shelf.put(tar);
      const { members, error } = await readAll(readTar(archive, undefined, { rangeBytes }));
      expect(error).toBeUndefined();
      expect(members.map(({ name, size }) => ({ name, size }))).toEqual(
        files.map(({ name, data }) => ({ name, size: data.length })),
      );
      for (const [index, { entry, size }] of members.entries()) {
        const offset = entry?.offset ?? 0;
        expect(tar.subarray(offset, offset + size).equals(files[index]?.data ?? Buffer.from('none'))).toBe(true);
      }
      if (members.length === 0) return;
      const last = seed % members.length;
      const rest = await readAll(readTar(archive, members[last]?.after));
      expect(rest).toEqual({ members: members.slice(last + 1) });
    }),
    { numRuns: 100, endOnFailure: true },
  );
});

test('a global header counts for every later member, also for one after a cursor', async () => {
  const shelf = await archiveShelf();
  const sized = { name: 'a.jpg', sizeBytes: 0, data: Buffer.from('jpeg') };
  const named = [paxHeader({ path: 'b.jpg' }), sized, paxHeader({ path: 'c.jpg' }), sized] as const;
  const archive = await shelf.put(tarOf(paxHeader({ size: '4' }, 'g'), sized, ...named));
  const { members } = await readAll(readTar(archive, undefined));
  expect(members.map(({ name, size }) => [name, size])).toEqual([
    ['a.jpg', 4],
    ['b.jpg', 4],
    ['c.jpg', 4],
  ]);
  expect(await readAll(readTar(archive, members[0]?.after))).toEqual({ members: members.slice(1) });
});

test('bodies larger than what is at hand are hopped over, and every GET is pinned', async () => {
  const shelf = await archiveShelf();
  const bodyBytes = 100_000;
  const names = Array.from({ length: 10 }, (_, index) => `${index}.jpg`);
  const archive = await shelf.put(tarOf(...names.map((name) => ({ name, data: Buffer.alloc(bodyBytes) }))));
  const ranges: string[] = [];
  shelf.s3.middlewareStack.add(
    (next) => async (args) => {
      if ('Range' in args.input) ranges.push(String(args.input.Range));
      expect(args.input).toMatchObject(archive.pin);
      return next(args);
    },
    { step: 'initialize' },
  );
  const { members } = await readAll(readTar(archive, undefined, { rangeBytes: 8_192 }));
  expect(members.map(({ name }) => name)).toEqual(names);
  // One for each header, and one for the end.
  expect(ranges).toHaveLength(names.length + 1);
  expect(ranges[1]).toBe(`bytes=100864-${100_864 + 8_191}`);
});

test('an archive that is overwritten while it is read is SOURCE_CHANGED after the members that were read', async () => {
  const shelf = await archiveShelf();
  const data = Buffer.alloc(2_000);
  const archive = await shelf.put(tarOf({ name: 'a.jpg', data }, { name: 'b.jpg', data }));
  const reader = readTar(archive, undefined, { rangeBytes: 1_024 });
  const first: IteratorResult<Member, unknown> = await reader.next();
  expect(first.value).toMatchObject({ name: 'a.jpg' });
  await shelf.s3.send(new PutObjectCommand({ Bucket: archive.bucket, Key: archive.key, Body: 'else' }));
  expect(summaryOf(await readAll(reader))).toEqual(['throws SOURCE_CHANGED']);
});
