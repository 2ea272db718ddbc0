import { gzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import { readInventory, type InventoriedObject } from '../../../../shared/sources/inventory/read-inventory.ts';
import { embeddedEndpoint } from '../../../builders/embedded-endpoint.ts';
import { brokenBody } from '../../../builders/faults.ts';
import { allOf } from '../../../builders/list-chunks.ts';
import {
  inventoryFile,
  inventoryRow,
  storeInventory,
  type InventoryOptions,
} from '../../../builders/list-inventory.ts';

const everything = { mayRead: () => true };

async function endpointWithBucket() {
  const stack = await embeddedEndpoint();
  stack.endpoint.buckets.create('inventories');
  return stack;
}

async function read(
  s3: S3Client,
  files: readonly Uint8Array[],
  options?: InventoryOptions,
): Promise<InventoriedObject[]> {
  return allOf(readInventory(s3, await storeInventory(s3, files, options), everything, undefined));
}

const names = ['a b+c%2B.jpg', 'é🐱/"quoted", line\nend.jpg', 'plain.jpg'];

test('the latest objects of all files, with what the inventory knows of them', async () => {
  const { s3 } = await endpointWithBucket();
  const first = [
    inventoryRow(names[0] ?? ''),
    inventoryRow('overwritten.jpg', 'v1', false),
    inventoryRow('deleted.jpg', 'v2', true, true),
    inventoryRow('folder/'),
  ];
  const objects = await read(s3, [
    inventoryFile(first),
    inventoryFile(names.slice(1).map((name) => inventoryRow(name))),
  ]);
  expect(objects.map(({ key }) => key)).toEqual(names);
  expect(objects[0]).toMatchObject({
    bucket: 'legacy',
    sizeBytes: 12,
    etag: 'abc',
    versionId: 'v1',
    modifiedMs: Date.UTC(2026, 10, 20, 1),
  });
});

test('an inventory may have no columns but bucket and key, and no files at all', async () => {
  const { s3 } = await endpointWithBucket();
  const objects = await read(s3, [inventoryFile([['legacy', 'a.jpg']])], { columns: ['Bucket', 'Key'] });
  expect(objects).toEqual([{ bucket: 'legacy', key: 'a.jpg', after: expect.any(String) }]);
  expect(await read(s3, [])).toEqual([]);
});

function rows(file: number): string[][] {
  return Array.from({ length: 300 }, (_, row) => inventoryRow(`${file}/${row}.jpg`));
}

test('it goes on behind any object', async () => {
  const { s3, endpoint } = await endpointWithBucket();
  const location = await storeInventory(
    s3,
    [0, 1, 2].map((file) => inventoryFile(rows(file))),
  );
  const all = await allOf(readInventory(s3, location, everything, undefined));
  expect(all).toHaveLength(900);
  for (const stopped of [0, 298, 299, 300, 899]) {
    const before = endpoint.requestCounts()['GetObject'] ?? 0;
    const rest = await allOf(readInventory(s3, location, everything, all[stopped]?.after));
    expect(rest).toEqual(all.slice(stopped + 1));
    // manifest.json, and no file that is done with.
    expect((endpoint.requestCounts()['GetObject'] ?? 0) - before).toBe(1 + 3 - Math.floor(stopped / 300));
  }
});

test('where a body breaks off, reading goes on from there', async () => {
  const { s3, endpoint } = await endpointWithBucket();
  const file = inventoryFile(Array.from({ length: 5_000 }, (_, row) => inventoryRow(`${(row * 7_919) % 5_000}.jpg`)));
  endpoint.use(brokenBody('/inventories/all/legacy/data/', file, 1));
  expect(await read(s3, [file])).toHaveLength(5_000);
});

test('buckets that may not be read are refused before anything of them is read', async () => {
  const { s3, endpoint } = await endpointWithBucket();
  const location = await storeInventory(s3, [inventoryFile([inventoryRow('a.jpg')])]);
  for (const refused of ['legacy', 'inventories']) {
    const before = endpoint.requestCounts()['GetObject'] ?? 0;
    const reading = allOf(readInventory(s3, location, { mayRead: (bucket) => bucket !== refused }, undefined));
    await expect(reading).rejects.toThrow(expect.objectContaining({ code: 'ACCESS_DENIED' }));
    expect((endpoint.requestCounts()['GetObject'] ?? 0) - before).toBe(1);
  }
});

describe('what is not as S3 writes it is refused with the name of manifest or file', () => {
  const good = inventoryFile(Array.from({ length: 500 }, (_, row) => inventoryRow(`${row}.jpg`)));
  test.for([
    ['Parquet', good, { manifest: { fileFormat: 'Parquet' } }, 'fileFormat: only CSV is read'],
    ['no files', good, { manifest: { files: undefined } }, 'files'],
    ['no key column', good, { columns: ['Bucket', 'Size'] }, 'no column Key (there are Bucket, Size)'],
    ['a truncated file', good.subarray(0, good.length / 2), {}, '0.csv.gz cannot be read: it is no gzip, or damaged'],
    ['a file that is no gzip', Buffer.from('"legacy","a.jpg"\n'), {}, 'no gzip, or damaged'],
    ['a row too short', gzipSync('"legacy","a.jpg"\n'), {}, 'row 1: 9 columns expected, there are 2'],
    ['a quote not closed', gzipSync('"legacy","a.jpg'), {}, 'line 1: a quote is not closed'],
    ['a key of bad encoding', inventoryFile([['legacy', '%zz', ...Array<string>(7).fill('')]]), {}, 'percent-encoded'],
    [
      'another bucket',
      inventoryFile([['private', 'a', ...Array<string>(7).fill('')]]),
      {},
      'another bucket than legacy',
    ],
  ] as const)('%s', async ([, file, options, message]) => {
    const { s3 } = await endpointWithBucket();
    await expect(read(s3, [file], options)).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_MANIFEST', message: expect.stringContaining(message) }),
    );
  });

  test('no JSON', async () => {
    const { s3 } = await endpointWithBucket();
    const location = { bucket: 'inventories', key: 'all/legacy/data/0.csv.gz' };
    await storeInventory(s3, [good]);
    await expect(allOf(readInventory(s3, location, everything, undefined))).rejects.toThrow('manifest.json of an S3');
  });

  test('a manifest.json of any size', async () => {
    const { s3 } = await endpointWithBucket();
    await expect(read(s3, [good], { manifest: { more: ' '.repeat(limits.maxManifestBytes) } })).rejects.toThrow(
      `larger than ${limits.maxManifestBytes} bytes`,
    );
  });

  test('a missing file', async () => {
    const { s3 } = await endpointWithBucket();
    const files = [{ key: 'gone.csv.gz', size: 1 }];
    await expect(read(s3, [], { manifest: { files } })).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

test('a file that expands a thousandfold is not kept in memory', async () => {
  const { s3 } = await endpointWithBucket();
  const bomb = gzipSync(Buffer.alloc(400_000_000, '"'));
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  const sampler = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 1);
  await expect(read(s3, [bomb])).rejects.toThrow('a quote is not closed');
  clearInterval(sampler);
  // V8 collects buffers when some 64 MB of them have come together.
  expect(most - before).toBeLessThan(200_000_000);
});
