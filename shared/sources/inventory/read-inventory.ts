import type { S3Client } from '@aws-sdk/client-s3';
import { FanlightError } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { S3Location } from '../../core/manifest-sources.ts';
import { inventoriedObject, type ObjectOfInventory } from './inventoried-object.ts';
import { readInventoryManifest } from './inventory-manifest.ts';
import { damaged, inventoryRows } from './inventory-rows.ts';

export interface InventoriedObject extends ObjectOfInventory {
  readonly after: string;
}

export interface InventoryOptions {
  /** Whether the stack may read a bucket: asked for the one that is listed, and for the one that holds the inventory's files. */
  readonly mayRead: (bucket: string) => boolean;
}

/** Where reading goes on: rows of a file that are done with, and those of the files before it. */
interface InventoryCursor {
  readonly file: number;
  readonly row: number;
  readonly earlierRows: number;
}

/** @throws FanlightError INTERNAL for what is no cursor of an inventory */
function parseCursor(text: string): InventoryCursor {
  const [whole, file, row, earlierRows] = /^(\d+):(\d+):(\d+)$/.exec(text) ?? [];
  if (whole === undefined) throw new FanlightError('INTERNAL', `no cursor of an inventory: ${text}`);
  return { file: Number(file), row: Number(row), earlierRows: Number(earlierRows) };
}

function checkBucket(bucket: string, { mayRead }: InventoryOptions): void {
  if (!mayRead(bucket))
    throw new FanlightError('ACCESS_DENIED', `the stack may not read the bucket ${bucket} that the inventory names`);
}

/**
 * The objects of an S3 Inventory (CSV) from a cursor on, without what is no object any more and without folder markers. A resume reads
 * the file that it stopped in once more from its start: gzip allows nothing else.
 *
 * @param location of the inventory's manifest.json
 * @throws FanlightError INVALID_MANIFEST naming manifest or file when it is not as S3 writes it, is damaged, or has more than
 *   limits.maxListLines rows; ACCESS_DENIED for a bucket that may not be read
 */
export async function* readInventory(
  s3: S3Client,
  location: S3Location,
  options: InventoryOptions,
  after: string | undefined,
): AsyncGenerator<InventoriedObject> {
  const inventory = await readInventoryManifest(s3, location);
  checkBucket(inventory.sourceBucket, options);
  const start: InventoryCursor = after === undefined ? { file: 0, row: 0, earlierRows: 0 } : parseCursor(after);
  let { earlierRows } = start;
  for (const [index, file] of inventory.files.entries()) {
    if (index < start.file) continue;
    checkBucket(file.bucket, options);
    const done = index === start.file ? start.row : 0;
    let row = 0;
    for await (const fields of inventoryRows(s3, file)) {
      row += 1;
      if (earlierRows + row > limits.maxListLines)
        throw damaged(file, `the inventory has more than ${limits.maxListLines} rows`);
      if (row <= done || (fields.length === 1 && fields[0] === '')) continue;
      const object = inventoriedObject(inventory, fields);
      if (typeof object === 'string') throw damaged(file, `row ${row}: ${object}`);
      if (object !== undefined) yield { ...object, after: `${index}:${row}:${earlierRows}` };
    }
    earlierRows += row;
  }
}
