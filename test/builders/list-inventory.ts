import { gzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { objectsOf } from './s3-objects.ts';

/** Rows of a file of an inventory, each a value for every column, as they are before they are quoted. */
export type InventoryRows = readonly (readonly string[])[];

export interface InventoryOptions {
  readonly columns?: readonly string[];
  /** Overrides what manifest.json says. */
  readonly manifest?: Readonly<Record<string, unknown>>;
}

export const inventoryColumns = [
  'Bucket',
  'Key',
  'VersionId',
  'IsLatest',
  'IsDeleteMarker',
  'Size',
  'LastModifiedDate',
  'ETag',
  'StorageClass',
];

/** The way S3 Inventory encodes keys: as a form does. */
export function inventoryKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
}

/** A row for the latest version of an object. */
export function inventoryRow(key: string, version = 'v1', isLatest = true, isDeleteMarker = false): string[] {
  const about = isDeleteMarker ? ['', '2026-11-20T01:00:00.000Z', ''] : ['12', '2026-11-20T01:00:00.000Z', 'abc'];
  return ['legacy', inventoryKey(key), version, String(isLatest), String(isDeleteMarker), ...about, 'STANDARD'];
}

export function inventoryFile(rows: InventoryRows): Buffer {
  const lines = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','));
  return gzipSync(lines.map((line) => `${line}\n`).join(''));
}

/** Stores an inventory of the bucket `legacy` in the bucket `inventories`, as S3 does; returns where its manifest.json is. */
export async function storeInventory(
  s3: S3Client,
  files: readonly Uint8Array[],
  { columns = inventoryColumns, manifest }: InventoryOptions = {},
): Promise<{ bucket: string; key: string }> {
  const { put } = objectsOf(s3, 'inventories');
  const stored = files.map((body, index) => ({ key: `all/legacy/data/${index}.csv.gz`, size: body.length, body }));
  for (const { key, body } of stored) await put(key, body);
  const document = {
    sourceBucket: 'legacy',
    destinationBucket: 'arn:aws:s3:::inventories',
    version: '2016-11-30',
    creationTimestamp: '1763600400000',
    fileFormat: 'CSV',
    fileSchema: columns.join(', '),
    files: stored.map(({ key, size }) => ({ key, size, MD5checksum: 'f11166069f1990abeb9c97ace9cdfabc' })),
    ...manifest,
  };
  const key = 'all/legacy/2026-11-20T01-00Z/manifest.json';
  await put(key, JSON.stringify(document));
  return { bucket: 'inventories', key };
}
