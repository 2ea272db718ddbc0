import type { Clock } from '../clock.ts';

interface Waiter<T> {
  readonly max: number;
  readonly visibilityTimeoutS: number;
  readonly give: (messages: T[]) => void;
}

interface Source<T> {
  /** Takes what is due now. */
  take(max: number, visibilityTimeoutS: number): T[];
  /** When something is or becomes due; undefined when nothing is there. */
  nextDueMs(): number | undefined;
}

/** The receivers that wait at one queue. They are served in the order in which they came. */
export class LongPoll<T> {
  readonly #clock: Clock;
  readonly #source: Source<T>;
  readonly #waiters = new Set<Waiter<T>>();
  #alarm: AbortController | undefined;

  constructor(clock: Clock, source: Source<T>) {
    this.#clock = clock;
    this.#source = source;
  }

  /** Resolves with messages, or with none when the time is over or the signal aborts. */
  async wait(max: number, visibilityTimeoutS: number, waitMs: number, signal: AbortSignal | undefined): Promise<T[]> {
    const ended = new AbortController();
    const stop = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
    return new Promise<T[]>((resolve) => {
      const waiter: Waiter<T> = {
        max,
        visibilityTimeoutS,
        give: (messages) => {
          this.#waiters.delete(waiter);
          ended.abort();
          resolve(messages);
        },
      };
      this.#waiters.add(waiter);
      void this.#clock.wait(waitMs, stop).then(() => waiter.give([]));
      this.serve();
    });
  }

  /** To be called whenever a message may have become due, or the time of the next one may have changed. */
  serve(): void {
    for (const waiter of this.#waiters) {
      const messages = this.#source.take(waiter.max, waiter.visibilityTimeoutS);
      if (messages.length === 0) break;
      waiter.give(messages);
    }
    this.#alarm?.abort();
    this.#alarm = undefined;
    if (this.#waiters.size > 0) this.#setAlarm();
  }

  /** Ends all waiting, without messages. */
  close(): void {
    for (const waiter of this.#waiters) waiter.give([]);
    this.#alarm?.abort();
  }

  #setAlarm(): void {
    const dueMs = this.#source.nextDueMs();
    if (dueMs === undefined) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    void this.#clock.wait(dueMs - this.#clock.now(), alarm.signal).then(() => {
      if (!alarm.signal.aborted) this.serve();
    });
  }
}
