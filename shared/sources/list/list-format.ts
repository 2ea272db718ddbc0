import { parseJson } from '../../core/parse-json.ts';
import { unreadable, type List } from './list.ts';

type ListFormat = 'csv' | 'jsonl';

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes of the byte order mark that a UTF-8 text may begin with. */
export function byteOrderMarkBytes(front: Buffer): number {
  return front.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0;
}

function isUtf16(front: Buffer): boolean {
  const [first, second] = front;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0;
}

/** What a list cannot be, in words for people. */
function refusalOf(front: Buffer, text: string): string | undefined {
  if (text === '') return 'it holds no line';
  if (front[0] === 0x1f && front[1] === 0x8b) return 'it is compressed by gzip; lists are read as plain text only';
  if (isUtf16(front)) return 'it is UTF-16; save it as UTF-8';
  if (front.includes(0)) return 'it is no text';
  if (/^\[\s*(["{]|$)/.test(text)) return 'it is a JSON array; write one JSON document a line instead';
  return undefined;
}

/**
 * Tells by its first bytes what a list is. JSON Lines begin with `{`, or with a JSON string while there is no column to be named;
 * everything else is CSV, of which a plain list of keys is the simplest case.
 *
 * @throws FanlightError INVALID_MANIFEST for what is no list
 */
export function listFormatOf(front: Buffer, { column }: List): ListFormat {
  const text = front.toString('utf8', byteOrderMarkBytes(front)).trimStart();
  const refusal = refusalOf(front, text);
  if (refusal !== undefined) throw unreadable(refusal);
  if (text.startsWith('{')) return 'jsonl';
  const [firstLine = ''] = text.split('\n', 1);
  return column === undefined && typeof parseJson(firstLine) === 'string' ? 'jsonl' : 'csv';
}
