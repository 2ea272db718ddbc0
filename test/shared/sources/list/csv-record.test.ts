import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanCsvRecord } from '../../../../shared/sources/list/csv-record.ts';
import { readRecords } from '../../../../shared/sources/list/read-records.ts';
import { allOf, inChunks } from '../../../builders/list-chunks.ts';

async function fieldsOf(csv: string): Promise<unknown[]> {
  const records = await allOf(readRecords(inChunks(csv), { offset: 0, line: 1 }, scanCsvRecord));
  return records.map(({ scanned }) => ('value' in scanned ? scanned.value : scanned));
}

function quoted(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}

const field = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r\n', 'é', '🐱'), maxLength: 6 });

test('it reads what csv-parse reads', async () => {
  const record = fc.array(fc.tuple(field, fc.boolean()), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), async (records, lineEnd) => {
      const lines = records.map((fields) =>
        fields.map(([text, always]) => (always || /[,"\r\n]/.test(text) ? quoted(text) : text)).join(','),
      );
      const csv = lines.map((line) => line + lineEnd).join('');
      // csv-parse takes what has nothing at all for the end of the text.
      const expected: unknown = parse(csv, { relax_column_count: true, record_delimiter: ['\r\n', '\n'] });
      expect(await fieldsOf(csv)).toEqual(expected);
    }),
  );
});

test.for([
  ['a quote within a field is a character', '6" photo.jpg,b\n', [['6" photo.jpg', 'b']]],
  ['the last line needs no end', 'a\nb', [['a'], ['b']]],
  ['an empty last field', 'a,\n', [['a', '']]],
  ['text behind a closing quote', '"a"b\nc\n', [{ fault: expect.stringContaining('closing quote') }, ['c']]],
  ['a quote that is never closed costs one line', '"a\nb\n', [{ fault: expect.stringContaining('not closed') }, ['b']]],
] as const)('%s', async ([, csv, expected]) => {
  expect(await fieldsOf(csv)).toEqual(expected);
});
