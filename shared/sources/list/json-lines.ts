import { z } from 'zod';
import type { S3Location } from '../../core/manifest-sources.ts';
import { parseJson } from '../../core/parse-json.ts';
import { missingColumn, namesOf, type List, type ReadLine } from './list.ts';
import { itemOfKey, itemOfValue, refused, type NamedItem } from './listed-item.ts';
import { readRecords, scanLine, type TextPosition } from './read-records.ts';

// Loose: a line may say more than what is asked of it. Exports write null for what they do not know.
const LineSchema = z.looseObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket expected')
    .nullish(),
  size: z.int().nonnegative().nullish(),
  etag: z.string().nullish(),
  versionId: z.string().min(1).nullish(),
});
type Line = z.infer<typeof LineSchema>;

type Parsed = { readonly text: string } | { readonly line: Line } | { readonly fault: string };

function parseLine(json: string): Parsed {
  const document = parseJson(json);
  if (document === undefined) return { fault: 'it is no JSON' };
  if (typeof document === 'string') return { text: document };
  const parsed = LineSchema.safeParse(document);
  if (parsed.success) return { line: parsed.data };
  const [issue] = parsed.error.issues;
  return { fault: [issue?.path.join('.'), issue?.message].filter(Boolean).join(': ') };
}

function valueOf(line: Line, column: string | undefined): unknown {
  return column === undefined ? (line['key'] ?? line['url']) : line[column];
}

/** A line with `bucket` names a key of that bucket; without, what a plain string would. */
function itemOfLine(line: Line, column: string | undefined, base: S3Location): NamedItem {
  const value = valueOf(line, column);
  if (typeof value !== 'string')
    return refused(`${JSON.stringify(column ?? 'key')} is no string (there are ${namesOf(Object.keys(line))})`);
  const { bucket, size, etag, versionId } = line;
  const item = typeof bucket === 'string' ? itemOfKey({ bucket, key: value }) : itemOfValue(value, base);
  if (item.kind !== 'object') return item;
  const sizeBytes = size ?? undefined;
  return { ...item, sizeBytes, etag: etag?.replaceAll('"', ''), versionId: versionId ?? undefined };
}

function itemOf(parsed: Parsed, { column, base }: List): NamedItem {
  if ('fault' in parsed) return refused(parsed.fault);
  return 'text' in parsed ? itemOfValue(parsed.text, base) : itemOfLine(parsed.line, column, base);
}

/**
 * The lines of JSON Lines but for blank ones: each a string, or an object with the list's column, or else `key` or `url`, and maybe
 * `bucket`, `size`, `etag` and `versionId`.
 *
 * @throws FanlightError INVALID_MANIFEST when the list's very first object lacks the property
 */
export async function* jsonLines(
  chunks: AsyncIterable<Uint8Array>,
  list: List,
  start: TextPosition,
): AsyncGenerator<ReadLine> {
  let isFirst = start.line === 1;
  for await (const { line, scanned, next } of readRecords(chunks, start, scanLine)) {
    if ('value' in scanned && scanned.value.trim() === '') continue;
    const parsed = 'fault' in scanned ? scanned : parseLine(scanned.value);
    if (isFirst && 'line' in parsed && valueOf(parsed.line, list.column) === undefined)
      throw missingColumn(list, Object.keys(parsed.line));
    isFirst = false;
    yield { line, item: itemOf(parsed, list), next: { format: 'jsonl', ...next } };
  }
}
