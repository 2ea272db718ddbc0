import { isUtf8 } from 'node:buffer';
import { limits } from '../../core/limits.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** CR and LF. */
const lineEndBytes = 2;

/** Where a record begins: bytes from the text's start, and its line, from 1. */
export interface TextPosition {
  readonly offset: number;
  readonly line: number;
}

/** What was read, or why it cannot be read. */
export type Scanned<Value> = { readonly value: Value } | { readonly fault: string };

/** What stands in a line, from 1, and where the next record begins. */
export interface TextRecord<Value> {
  readonly line: number;
  readonly next: TextPosition;
  readonly scanned: Scanned<Value>;
}

/**
 * Reads the record at `start` of a text of which at least as much is there as a record may hold, or all. `end` is the index behind
 * its line end.
 */
export type ScanRecord<Value> = (
  text: Buffer,
  start: number,
) => { readonly value: Value; readonly end: number } | { readonly fault: string };

/** A record a line. */
export function scanLine(text: Buffer, start: number): { value: string; end: number } {
  const lineEnd = text.indexOf(lineFeed, start);
  const end = lineEnd === -1 ? text.length : lineEnd;
  return { value: text.toString('utf8', start, end), end: Math.min(end + 1, text.length) };
}

/** What is in memory of a text. */
class TextWindow {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #ended = false;
  bytes: Buffer = Buffer.alloc(0);
  /** Index of the first byte that is still needed. */
  start = 0;

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** Unless `least` bytes are there, or all, reads on to four times as much: so each byte is moved only now and then. */
  async fill(least: number): Promise<void> {
    if (this.#ended || this.bytes.length - this.start >= least) return;
    const rest = this.bytes.subarray(this.start);
    const parts: Uint8Array[] = rest.length === 0 ? [] : [rest];
    let { length } = rest;
    while (!this.#ended && length < least * 4) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.#ended = true;
      } else {
        parts.push(next.value);
        length += next.value.length;
      }
    }
    const [only] = parts;
    const isCopied = only === undefined || parts.length > 1;
    this.bytes = isCopied ? Buffer.concat(parts) : Buffer.from(only.buffer, only.byteOffset, only.length);
    this.start = 0;
  }

  /** Goes to the next line, however far away, and returns how many bytes were left out. */
  async skipLine(): Promise<number> {
    let skipped = 0;
    for (;;) {
      const lineEnd = this.bytes.indexOf(lineFeed, this.start);
      const end = lineEnd === -1 ? this.bytes.length : lineEnd + 1;
      skipped += end - this.start;
      this.start = end;
      if (lineEnd !== -1) return skipped;
      await this.fill(1);
      if (this.start === this.bytes.length) return skipped;
    }
  }
}

function lineEnds(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed, start); at !== -1 && at < end; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}

/**
 * The records of a text, each of at most limits.maxListLineBytes. Behind a record that cannot be read it goes on with the next
 * line, so that a quote that is never closed costs one line. Never holds more than a few records and a chunk.
 *
 * @param chunks the text from `start` on, in pieces of any size
 */
export async function* readRecords<Value>(
  chunks: AsyncIterable<Uint8Array>,
  start: TextPosition,
  scan: ScanRecord<Value>,
): AsyncGenerator<TextRecord<Value>> {
  const iterator = chunks[Symbol.asyncIterator]();
  const window = new TextWindow(iterator);
  let { offset, line } = start;
  try {
    for (;;) {
      // With the line end, and a byte that shows that there is more.
      await window.fill(limits.maxListLineBytes + lineEndBytes + 1);
      if (window.start === window.bytes.length) return;
      const record = readAt(window, scan);
      const first = line;
      if ('fault' in record) {
        offset += await window.skipLine();
        line += 1;
        yield { line: first, next: { offset, line }, scanned: record };
      } else {
        offset += record.end - window.start;
        line += lineEnds(window.bytes, window.start, record.end);
        window.start = record.end;
        yield { line: first, next: { offset, line }, scanned: record };
      }
    }
  } finally {
    await iterator.return?.();
  }
}

function readAt<Value>({ bytes, start }: TextWindow, scan: ScanRecord<Value>): ReturnType<ScanRecord<Value>> {
  const text = bytes.subarray(0, start + limits.maxListLineBytes + lineEndBytes + 1);
  const record = scan(text, start);
  if ('fault' in record) return record;
  const { end } = record;
  const ending = text[end - 1] !== lineFeed ? 0 : text[end - 2] === carriageReturn ? 2 : 1;
  if (end - ending - start > limits.maxListLineBytes)
    return { fault: `it is longer than ${limits.maxListLineBytes} bytes` };
  return isUtf8(text.subarray(start, end)) ? record : { fault: 'it is no UTF-8' };
}
