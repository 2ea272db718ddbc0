import { decodeFormKey } from '../../core/form-key.ts';
import { limits } from '../../core/limits.ts';
import type { S3Location } from '../../core/manifest-sources.ts';
import type { Inventory } from './inventory-manifest.ts';

/** An object as an inventory found it. */
export interface ObjectOfInventory extends S3Location {
  readonly sizeBytes?: number | undefined;
  /** Without quotes. */
  readonly etag?: string | undefined;
  readonly versionId?: string | undefined;
  readonly modifiedMs?: number | undefined;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function timeOf(text: string | undefined): number | undefined {
  const timeMs = Date.parse(text ?? '');
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/**
 * The object of a row; undefined for a version that is not the latest, for a delete marker and for a folder marker. Keys are encoded
 * as a form encodes them: https://github.com/cloud-custodian/cloud-custodian/issues/1997
 *
 * @returns what is wrong with the row, if something is
 */
export function inventoriedObject(
  { sourceBucket, columns }: Inventory,
  row: readonly string[],
): ObjectOfInventory | string | undefined {
  const value = (column: string): string | undefined => row[columns.get(column) ?? -1] || undefined;
  if (row.length < columns.size) return `${columns.size} columns expected, there are ${row.length}`;
  if ((value('Bucket') ?? sourceBucket) !== sourceBucket) return `an object of another bucket than ${sourceBucket}`;
  if (value('IsLatest') === 'false' || value('IsDeleteMarker') === 'true') return undefined;
  const key = decoded(value('Key') ?? '');
  if (key === undefined) return 'the key is not percent-encoded UTF-8';
  if (key.endsWith('/')) return undefined;
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes === 0 || keyBytes > limits.maxKeyBytes) return `a key of ${keyBytes} bytes`;
  return {
    bucket: sourceBucket,
    key,
    sizeBytes: numberOf(value('Size')),
    etag: value('ETag')?.replaceAll('"', ''),
    versionId: value('VersionId'),
    modifiedMs: timeOf(value('LastModifiedDate')),
  };
}

function decoded(encoded: string): string | undefined {
  try {
    return decodeFormKey(encoded);
  } catch {
    return undefined;
  }
}
