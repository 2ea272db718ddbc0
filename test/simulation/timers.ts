import type { Invocation } from './invocation.ts';

interface Timer {
  readonly owner: Invocation;
  readonly atMs: number;
  /** Of two at one time, the one that was started first fires first. */
  readonly order: number;
  readonly fire: () => void;
}

/** What invocations wait for. */
export class Timers {
  #timers: Timer[] = [];
  #started = 0;

  /** @returns a function that stops it */
  start(owner: Invocation, atMs: number, fire: () => void): () => void {
    const timer: Timer = { owner, atMs, order: this.#started++, fire };
    this.#timers.push(timer);
    return () => this.#remove(timer);
  }

  /** When the next one fires; Infinity when there is none. */
  nextMs(): number {
    return this.#timers.reduce((next, { atMs }) => Math.min(next, atMs), Infinity);
  }

  /** Takes the first one that is due by then. */
  takeDue(byMs: number): Timer | undefined {
    const [first] = this.#timers
      .filter(({ atMs }) => atMs <= byMs)
      .toSorted((a, b) => a.atMs - b.atMs || a.order - b.order);
    if (first !== undefined) this.#remove(first);
    return first;
  }

  of(owner: Invocation): readonly Timer[] {
    return this.#timers.filter((timer) => timer.owner === owner);
  }

  removeAll(owner: Invocation): void {
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner);
  }

  #remove(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}
