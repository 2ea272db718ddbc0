import { Unavailable } from '../unavailable.ts';

/** Ends an exchange when one of its phases, or all of it, takes too long. */
export class Stopwatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #whole: NodeJS.Timeout;
  #phase: NodeJS.Timeout | undefined;
  /** Aborts with the caller's signal too. */
  readonly signal: AbortSignal;

  constructor(caller: AbortSignal, wholeMs: number) {
    this.signal = AbortSignal.any([caller, this.#controller.signal]);
    this.#whole = this.#after(wholeMs, 'it took longer than one image may');
  }

  /** Ends the phase before it. */
  phase(limitMs: number, missed: string): void {
    clearTimeout(this.#phase);
    this.#phase = this.#after(limitMs, missed);
  }

  /** Begins the phase's time anew. */
  restart(): void {
    this.#phase?.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#phase);
    clearTimeout(this.#whole);
  }

  #after(limitMs: number, what: string): NodeJS.Timeout {
    const late = new Unavailable(new Error(`reading the URL was given up: ${what}`));
    return setTimeout(() => this.#controller.abort(late), limitMs);
  }
}
