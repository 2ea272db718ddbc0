import { FanlightError } from '../../core/errors.ts';
import { tarText } from './header.ts';

/** What an extended header says that matters here. An empty value takes back what was said before. */
export interface PaxFields {
  readonly path?: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** GNU's sparse formats 0.0, 0.1 and 1.0, whose data are not the file's bytes. */
  readonly isSparse?: boolean;
  /** A sparse file's name; its header has an invented one. */
  readonly sparseName?: string | undefined;
}

const damaged = 'a pax header of the tar is damaged';

function sizeOf(value: string): number | undefined {
  if (value === '') return undefined;
  const sizeBytes = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(sizeBytes)) throw new FanlightError('ARCHIVE_CORRUPT', `${damaged}: its size is no number`);
  return sizeBytes;
}

function fieldOf(keyword: string, value: Uint8Array): PaxFields {
  if (keyword === 'path') return { path: tarText(value) || undefined };
  if (keyword === 'size') return { sizeBytes: sizeOf(tarText(value)) };
  if (keyword === 'GNU.sparse.name') return { isSparse: true, sparseName: tarText(value) || undefined };
  return keyword.startsWith('GNU.sparse.') ? { isSparse: true } : {};
}

/** Length of the record that starts at `start`: decimal digits and a space, which count too. */
function recordBytes(body: Uint8Array, start: number): { total: number; prefix: number } {
  const digits = /^(\d{1,7}) /.exec(Buffer.from(body.subarray(start, start + 8)).toString('latin1'))?.[1];
  const total = Number(digits ?? Number.NaN);
  const prefix = (digits?.length ?? 0) + 1;
  const isWhole = total > prefix && start + total <= body.length && body[start + total - 1] === 0x0a;
  if (!isWhole) throw new FanlightError('ARCHIVE_CORRUPT', `${damaged}: a record has no valid length`);
  return { total, prefix };
}

/**
 * Parses the body of a pax extended header, `x` or `g`: records `<length> <keyword>=<value>\n`, the last of a keyword counts.
 *
 * @throws FanlightError ARCHIVE_CORRUPT when it cannot be parsed: the next member's size may be lost with it
 */
export function parsePax(body: Uint8Array): PaxFields {
  let fields: PaxFields = {};
  // Some writers fill the rest up with NULs.
  for (let start = 0; start < body.length && body[start] !== 0;) {
    const { total, prefix } = recordBytes(body, start);
    const record = body.subarray(start + prefix, start + total - 1);
    const equals = record.indexOf(0x3d);
    if (equals === -1) throw new FanlightError('ARCHIVE_CORRUPT', `${damaged}: a record has no '='`);
    fields = { ...fields, ...fieldOf(tarText(record.subarray(0, equals)), record.subarray(equals + 1)) };
    start += total;
  }
  return fields;
}
