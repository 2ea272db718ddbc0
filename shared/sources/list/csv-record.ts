import { limits } from '../../core/limits.ts';

const comma = 0x2c;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;

interface Field {
  readonly text: string;
  /** Index of what follows the field. */
  readonly end: number;
}

/** Index of the quote that closes the field opened at `start`; -1 when none does. */
function closingQuote(bytes: Buffer, start: number): number {
  let at = bytes.indexOf(quote, start + 1);
  while (at !== -1 && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2);
  return at;
}

function quotedField(bytes: Buffer, start: number): Field | undefined {
  const end = closingQuote(bytes, start);
  if (end === -1) return undefined;
  return { text: bytes.toString('utf8', start + 1, end).replaceAll('""', '"'), end: end + 1 };
}

function isLineEnd(bytes: Buffer, at: number): boolean {
  return bytes[at] === lineFeed || (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed);
}

function plainField(bytes: Buffer, start: number): Field {
  let end = start;
  while (end < bytes.length && bytes[end] !== comma && !isLineEnd(bytes, end)) end += 1;
  return { text: bytes.toString('utf8', start, end), end };
}

/**
 * Reads the CSV record (RFC 4180) that begins at `start`: fields in quotes hold commas, line ends and doubled quotes; a quote inside
 * any other field is a character like others. Ends of lines are LF or CRLF.
 *
 * csv-parse can neither begin at a byte of a cursor nor go on behind a record that is too long: with `max_record_size` the
 * parse ends there, and with `skip_records_with_error` besides the rest of the chunk is lost.
 */
export function scanCsvRecord(
  bytes: Buffer,
  start: number,
): { readonly value: string[]; readonly end: number } | { readonly fault: string } {
  const value: string[] = [];
  for (let at = start; ; at += 1) {
    const field = bytes[at] === quote ? quotedField(bytes, at) : plainField(bytes, at);
    if (field === undefined) return { fault: `a quote is not closed within ${limits.maxListLineBytes} bytes` };
    value.push(field.text);
    at = field.end;
    if (at >= bytes.length) return { value, end: at };
    if (isLineEnd(bytes, at)) return { value, end: at + (bytes[at] === lineFeed ? 1 : 2) };
    if (bytes[at] !== comma) return { fault: 'a closing quote is not followed by a comma or the end of the line' };
  }
}
