interface Waiter {
  readonly dueMs: number;
  readonly fire: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** setTimeout fires at once for longer delays (2^31 - 1 ms). */
const MAX_TIMER_MS = 0x7fff_ffff;

/** The embedded stack's time: the machine's time plus an offset, so that tests can jump ahead instead of sleeping. */
export class Clock {
  #offsetMs = 0;
  readonly #waiters = new Set<Waiter>();

  /** Epoch milliseconds. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** How far it is ahead of the machine's time. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Jumps ahead; whoever waits for a time passed by the jump continues at once. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`a clock only goes forward (given ${ms} ms)`);
    this.#offsetMs += Math.ceil(ms);
    for (const waiter of this.#waiters) this.#arm(waiter);
  }

  /** Resolves after `ms` of this clock's time, or early (never rejecting) when the signal aborts. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(waiter.timer);
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const waiter: Waiter = { dueMs: this.now() + ms, fire: finish, timer: undefined };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', finish, { once: true });
      this.#arm(waiter);
    });
  }

  #arm(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    const remainingMs = waiter.dueMs - this.now();
    if (remainingMs <= 0) waiter.fire();
    else waiter.timer = setTimeout(() => this.#arm(waiter), Math.min(remainingMs, MAX_TIMER_MS));
  }
}
