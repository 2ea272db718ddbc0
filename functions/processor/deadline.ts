/** Kept for what follows the last image: its receipt, notice and copies. A quarter of the time when there is little of it. */
const maxTailMs = 5_000;

/**
 * When a delivery stops. No image starts unless the largest so far would still end in time; what is under way when only
 * the tail is left is given up by `signal`.
 */
export class Deadline {
  readonly #remainingMs: () => number;
  readonly #tailMs: number;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #largestImageMs = 0;

  /** @param remainingMs until Lambda ends the invocation */
  constructor(remainingMs: () => number) {
    this.#remainingMs = remainingMs;
    const givenMs = remainingMs();
    this.#tailMs = Math.min(maxTailMs, givenMs / 4);
    this.#timer = setTimeout(() => this.#abort.abort(), givenMs - this.#tailMs);
  }

  /** Aborts when only the tail is left. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  mayStart(): boolean {
    return !this.signal.aborted && this.#remainingMs() > this.#tailMs + this.#largestImageMs;
  }

  /** Tells how long an image took, waiting for a worker included. */
  observe(imageMs: number): void {
    this.#largestImageMs = Math.max(this.#largestImageMs, imageMs);
  }

  /** Disarms the timer: it would fire after a thaw, in another delivery. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
