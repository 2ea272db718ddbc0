import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Location } from '../../core/manifest-sources.ts';
import { listItems, listOffset, type ListedItem } from './list-items.ts';
import { objectBytes, type Pin } from './object-bytes.ts';

export type { ListedItem } from './list-items.ts';

/** A list in S3, of one version. */
export interface ListObject extends S3Location {
  readonly pin: Pin;
  readonly sizeBytes: number;
  /** A CSV's column by its header, or a property of each line's object. */
  readonly column?: string | undefined;
  /** Put in front of what is neither a URI nor a URL, as it is. */
  readonly base: S3Location;
}

/**
 * What a list names, by one GET, line by line from a cursor on. A line that cannot be read is `refused`, and the list goes on.
 *
 * @throws FanlightError INVALID_MANIFEST when it is no list, lacks the column or has more than limits.maxListLines; permanent
 *   where S3's answer will not change
 */
export async function* readList(s3: S3Client, list: ListObject, after: string | undefined): AsyncGenerator<ListedItem> {
  const offset = listOffset(after);
  if (after !== undefined && offset >= list.sizeBytes) return;
  const name = list.key.slice(list.key.lastIndexOf('/') + 1);
  const bytes = objectBytes(s3, { bucket: list.bucket, key: list.key, pin: list.pin }, offset);
  yield* listItems(bytes, { name, column: list.column, base: list.base }, after);
}
