import { FanlightError } from '../../core/errors.ts';
import type { TextPosition } from './read-records.ts';

/** Where reading a list goes on, with all that was learnt from its beginning. */
export type ListCursor = TextPosition &
  ({ readonly format: 'jsonl' } | { readonly format: 'csv'; /** From 0. */ readonly column: number });

const written = /^(?:jsonl|csv\.(\d+))@(\d+):(\d+)$/;

export function writeListCursor(cursor: ListCursor): string {
  const format = cursor.format === 'csv' ? `csv.${cursor.column}` : 'jsonl';
  return `${format}@${cursor.offset}:${cursor.line}`;
}

/** @throws FanlightError INTERNAL for what writeListCursor has not written */
export function parseListCursor(text: string): ListCursor {
  const [whole, column, offset, line] = written.exec(text) ?? [];
  if (whole === undefined) throw new FanlightError('INTERNAL', `no cursor of a list: ${text}`);
  const position = { offset: Number(offset), line: Number(line) };
  return column === undefined
    ? { format: 'jsonl', ...position }
    : { format: 'csv', column: Number(column), ...position };
}
