import { limits } from '../../core/limits.ts';
import { csvLines } from './csv-lines.ts';
import { jsonLines } from './json-lines.ts';
import { parseListCursor, writeListCursor } from './list-cursor.ts';
import { byteOrderMarkBytes, listFormatOf } from './list-format.ts';
import { unreadable, type List, type ReadLine } from './list.ts';
import type { NamedItem, RefusedItem } from './listed-item.ts';
import { peek } from './peek.ts';

/** What a line names, or why it cannot be read: then `name` is `<list>:<line>`. */
export type ListedItem = { readonly after: string } & (
  Exclude<NamedItem, RefusedItem> | (RefusedItem & { readonly name: string })
);

async function fromStart(chunks: AsyncIterable<Uint8Array>, list: List): Promise<AsyncGenerator<ReadLine>> {
  const text = await peek(chunks, limits.maxListLineBytes);
  const format = listFormatOf(text.front, list);
  const offset = byteOrderMarkBytes(text.front);
  const start = { offset, line: 1 };
  return format === 'csv'
    ? csvLines(text.from(offset), list, start, undefined)
    : jsonLines(text.from(offset), list, start);
}

function fromCursor(chunks: AsyncIterable<Uint8Array>, list: List, after: string): AsyncGenerator<ReadLine> {
  const cursor = parseListCursor(after);
  return cursor.format === 'csv' ? csvLines(chunks, list, cursor, cursor.column) : jsonLines(chunks, list, cursor);
}

/** Where in a list's bytes reading begins for a cursor. */
export function listOffset(after: string | undefined): number {
  return after === undefined ? 0 : parseListCursor(after).offset;
}

/**
 * What a list names, line by line; CSV or JSON Lines by its content. The bytes may be those of an object or of a local file.
 *
 * @param chunks the bytes from `listOffset(after)` on, in pieces of any size
 * @param after of the last item that is known
 * @throws FanlightError INVALID_MANIFEST when it is no list, lacks the column or has more than limits.maxListLines
 */
export async function* listItems(
  chunks: AsyncIterable<Uint8Array>,
  list: List,
  after: string | undefined,
): AsyncGenerator<ListedItem> {
  const lines = after === undefined ? await fromStart(chunks, list) : fromCursor(chunks, list, after);
  for await (const { line, item, next } of lines) {
    if (line > limits.maxListLines) throw unreadable(`it has more than ${limits.maxListLines} lines`);
    const cursor = writeListCursor(next);
    if (item.kind === 'refused') yield { ...item, name: `${list.name}:${line}`, after: cursor };
    else yield { ...item, after: cursor };
  }
}
