import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** One line that a function (or the platform about it) wrote. */
export type LogListener = (functionName: string, line: string) => void;

/** The log of one function: a file that is appended to, and whoever listens. */
export class FunctionLog {
  readonly #functionName: string;
  readonly #listener: LogListener | undefined;
  readonly #file: WriteStream;

  constructor(path: string, functionName: string, listener: LogListener | undefined) {
    this.#functionName = functionName;
    this.#listener = listener;
    this.#file = createWriteStream(path, { flags: 'a' });
    // A full disk must not end the stack because of a log; the listener still gets every line.
    this.#file.on('error', (error) =>
      listener?.(functionName, `this log is no longer written to ${path}: ${error.message}`),
    );
  }

  write(line: string): void {
    if (this.#file.writable) this.#file.write(`${line}\n`);
    this.#listener?.(this.#functionName, line);
  }

  /** Copies a stream line by line until it ends. */
  follow(stream: Readable): void {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => this.write(line));
  }

  async close(): Promise<void> {
    if (this.#file.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#file.once('close', resolve);
      this.#file.end();
    });
  }
}
