import type { Clock } from './clock.ts';

const CHECK_INTERVAL_MS = 5;

export interface FastForwardOptions {
  /**
   * Asked when no message is left in any mapped queue: whether to go on to the next schedule. Say so only while there is
   * something that a schedule can bring to its end, a job for example. Default: no.
   */
  readonly toSchedule?: () => boolean;
}

/** What may keep the clock from being put forward. */
interface FastForwardable {
  readonly clock: Clock;
  /** Whether no invocation is running or waiting. */
  readonly isIdle: () => boolean;
  readonly pollers: readonly { readonly isIdle: boolean; nextDueMs(): number | undefined }[];
  readonly schedules: readonly { nextDueMs(): number }[];
}

/**
 * Skips waiting: whenever nothing runs, puts the clock forward to the next moment at which something happens by itself: a
 * delayed message or one in flight becomes visible, a batch's window ends, or a schedule is due.
 */
export class FastForward implements Disposable {
  readonly #stack: FastForwardable;
  readonly #options: FastForwardOptions;
  readonly #timer: NodeJS.Timeout;
  #skippedMs = 0;

  constructor(stack: FastForwardable, options: FastForwardOptions) {
    this.#stack = stack;
    this.#options = options;
    this.#timer = setInterval(() => this.#check(), CHECK_INTERVAL_MS).unref();
  }

  /** How much waiting was skipped so far. */
  get skippedMs(): number {
    return this.#skippedMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #check(): void {
    const { clock, isIdle, pollers, schedules } = this.#stack;
    if (!isIdle() || !pollers.every((poller) => poller.isIdle)) return;
    const messageMs = pollers.map((poller) => poller.nextDueMs()).filter((ms) => ms !== undefined);
    if (messageMs.length === 0 && this.#options.toSchedule?.() !== true) return;
    const dueMs = Math.min(...messageMs, ...schedules.map((schedule) => schedule.nextDueMs()));
    const aheadMs = dueMs - clock.now();
    if (aheadMs <= 0 || aheadMs === Infinity) return;
    this.#skippedMs += aheadMs;
    clock.advance(aheadMs);
  }
}
