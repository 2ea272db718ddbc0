import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readList, type ListedItem, type ListObject } from '../../../../shared/sources/list/read-list.ts';
import { embeddedEndpoint } from '../../../builders/embedded-endpoint.ts';
import { brokenBody } from '../../../builders/faults.ts';
import { allOf } from '../../../builders/list-chunks.ts';
import { objectsOf } from '../../../builders/s3-objects.ts';

const lines = Array.from({ length: 20_000 }, (_, index) => `${index},"folder, ${index}/photo ""${index}"".jpg"\r\n`);
const csv = Buffer.from(`id,key\r\n${lines.join('')}`);
const keys = lines.map((_, index) => `old/folder, ${index}/photo "${index}".jpg`);

async function storedList(body: Uint8Array) {
  const { s3, endpoint } = await embeddedEndpoint();
  endpoint.buckets.create('lists');
  const { put } = objectsOf(s3, 'lists');
  const { ETag = '' } = await put('all/keys.csv', body);
  const gets = (): number => endpoint.requestCounts()['GetObject'] ?? 0;
  const list: ListObject = {
    bucket: 'lists',
    key: 'all/keys.csv',
    pin: { IfMatch: ETag },
    sizeBytes: body.length,
    column: 'key',
    base: { bucket: 'photos', key: 'old/' },
  };
  return { s3, put, list, gets, endpoint };
}

function keysOf(items: readonly ListedItem[]): string[] {
  return items.map((item) => (item.kind === 'object' ? item.key : item.kind));
}

test('a list is read by one GET, and from a cursor on by another', async () => {
  const { s3, list, gets } = await storedList(csv);
  const items = await allOf(readList(s3, list, undefined));
  expect(keysOf(items)).toEqual(keys);
  expect(gets()).toBe(1);
  for (const stopped of [0, 9_999, 19_998, 19_999])
    expect(keysOf(await allOf(readList(s3, list, items[stopped]?.after)))).toEqual(keys.slice(stopped + 1));
  // Behind the last line nothing is left to ask for.
  expect(gets()).toBe(4);
});

test('where the body breaks off, reading goes on from there', async () => {
  const { s3, list, gets, endpoint } = await storedList(csv);
  endpoint.use(brokenBody('/lists/all/', csv, 1));
  expect(keysOf(await allOf(readList(s3, list, undefined)))).toEqual(keys);
  // The endpoint does not count the one that was taken from it.
  expect(gets()).toBe(1);
});

test('a list that was overwritten is not mixed with the new one', async () => {
  const { s3, put, list } = await storedList(csv);
  const reading = readList(s3, list, undefined);
  const first = await reading.next();
  await reading.return(undefined);
  await put('all/keys.csv', 'id,key\n1,b\n');
  const after = first.done === true ? undefined : first.value.after;
  await expect(allOf(readList(s3, list, after))).rejects.toThrow(expect.objectContaining({ code: 'SOURCE_CHANGED' }));
});

test('many lists of which only the beginning is read leave no socket behind', async () => {
  const { s3, list, gets } = await storedList(csv);
  for (let read = 0; read < 60; read++) for await (const _ of readList(s3, list, undefined)) break;
  expect(gets()).toBe(60);
});

test('a compressed list is refused clearly', async () => {
  const { s3, list } = await storedList(gzipSync(csv));
  await expect(allOf(readList(s3, list, undefined))).rejects.toThrow('it is compressed by gzip');
});
