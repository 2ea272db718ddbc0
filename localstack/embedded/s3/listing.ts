import { z } from 'zod';
import type { Store } from '../store.ts';

const RowSchema = z.object({
  key: z.string(),
  size: z.number(),
  etag: z.string(),
  modified_ms: z.number(),
  checksum_algorithm: z.string().nullable(),
  checksum_type: z.string().nullable(),
});

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksumAlgorithm: string | undefined;
  readonly checksumType: string | undefined;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page starts (after this key or common prefix); undefined on the last page. */
  readonly next: string | undefined;
}

export interface ListQuery {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  /** Keys up to and including this one, or below it if it is a common prefix, are left out. */
  readonly after: string;
  readonly maxKeys: number;
}

/** Lists keys in the binary order of their UTF-8, which is SQLite's order of TEXT. */
export class Listing {
  readonly #from;

  constructor(store: Store) {
    this.#from = store.prepare(`SELECT key, size, etag, modified_ms, checksum_algorithm, checksum_type
      FROM objects WHERE bucket = ? AND key >= ? ORDER BY key`);
  }

  page(query: ListQuery): ListPage {
    const objects: ListedObject[] = [];
    const commonPrefixes: string[] = [];
    let last = '';
    let from: string | undefined = firstKey(query);
    while (from !== undefined) {
      const start: string = from;
      from = undefined;
      for (const row of this.#from.iterate(query.bucket, start)) {
        const object = RowSchema.parse(row);
        if (!object.key.startsWith(query.prefix)) break;
        if (objects.length + commonPrefixes.length === query.maxKeys)
          return { objects, commonPrefixes, next: query.maxKeys === 0 ? undefined : last };
        const commonPrefix = commonPrefixOf(object.key, query);
        if (commonPrefix === undefined) {
          objects.push(listed(object));
          last = object.key;
        } else {
          // One seek to the first key behind the common prefix, however many keys are below it.
          commonPrefixes.push(commonPrefix);
          last = commonPrefix;
          from = successor(commonPrefix);
          break;
        }
      }
    }
    return { objects, commonPrefixes, next: undefined };
  }
}

function firstKey(query: ListQuery): string | undefined {
  const { prefix, after } = query;
  if (after === '' || compareUtf8(after, prefix) < 0) return prefix;
  const commonPrefix = after.startsWith(prefix) ? commonPrefixOf(after, query) : undefined;
  // Nothing lies between a string and itself followed by U+0000.
  return commonPrefix === undefined ? `${after}\u0000` : successor(commonPrefix);
}

function commonPrefixOf(key: string, { prefix, delimiter }: ListQuery): string | undefined {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

function listed(row: z.infer<typeof RowSchema>): ListedObject {
  return {
    key: row.key,
    size: row.size,
    etag: row.etag,
    modifiedMs: row.modified_ms,
    checksumAlgorithm: row.checksum_algorithm ?? undefined,
    checksumType: row.checksum_type ?? undefined,
  };
}

export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The first string behind all that begin with `prefix`; undefined if there is none. */
function successor(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  // UTF-8 cannot express the surrogates 0xD800 to 0xDFFF.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}
