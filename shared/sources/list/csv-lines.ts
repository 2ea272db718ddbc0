import { scanCsvRecord } from './csv-record.ts';
import { missingColumn, unreadable, type List, type ReadLine } from './list.ts';
import { itemOfValue, refused, type NamedItem } from './listed-item.ts';
import { readRecords, type Scanned, type TextPosition } from './read-records.ts';

function isBlank(record: Scanned<string[]>): boolean {
  return 'value' in record && record.value.length === 1 && record.value[0]?.trim() === '';
}

/** @throws FanlightError INVALID_MANIFEST when there is no such column */
function columnOf(list: List, header: Scanned<string[]>): number {
  if ('fault' in header) throw unreadable(`its header: ${header.fault}`);
  const columns = header.value.map((name) => name.trim());
  const column = columns.indexOf(list.column ?? '');
  if (column === -1) throw missingColumn(list, columns);
  return column;
}

function itemOf(list: List, record: Scanned<string[]>, column: number): NamedItem {
  if ('fault' in record) return refused(record.fault);
  const value = record.value[column];
  if (value === undefined) return refused(`column ${column + 1} of ${record.value.length} expected`);
  return itemOfValue(value, list.base);
}

/**
 * The lines of a CSV but for blank ones. Without a column that the list names, it has no header, and the first column counts.
 *
 * @param known the column, when the text begins behind the header
 */
export async function* csvLines(
  chunks: AsyncIterable<Uint8Array>,
  list: List,
  start: TextPosition,
  known: number | undefined,
): AsyncGenerator<ReadLine> {
  let column = known ?? (list.column === undefined ? 0 : undefined);
  for await (const { line, scanned, next } of readRecords(chunks, start, scanCsvRecord)) {
    if (isBlank(scanned)) continue;
    if (column === undefined) column = columnOf(list, scanned);
    else yield { line, item: itemOf(list, scanned, column), next: { format: 'csv', column, ...next } };
  }
}
