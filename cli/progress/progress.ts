import { plainProgress } from './plain-progress.ts';
import { terminalProgress } from './terminal-progress.ts';

/** How far a phase is. */
export interface PhaseState {
  readonly done: number;
  /** Undefined until a plan is complete. */
  readonly total: number | undefined;
  readonly failed: number;
  /** Per second, since the phase began. */
  readonly rate: number;
}

/** What people watch while a command runs. */
export interface Progress {
  /** One line about something without a count. */
  readonly say: (message: string) => void;
  /** Begins a phase of `total` files, or of nobody knows how many yet, and ends the one before. */
  phase(name: string, total: number | undefined): void;
  update(done: number, more?: { readonly total?: number | undefined; readonly failed?: number | undefined }): void;
  /** Ends the last phase; the terminal is as it was. */
  stop(): void;
}

/** Shows a phase's beginning, its state again and again, and its end. */
export interface PhaseView {
  begin(name: string, total: number | undefined): void;
  show(state: PhaseState): void;
  end(state: PhaseState): void;
  say(message: string): void;
}

/** Bars on a terminal, plain lines elsewhere. */
export function createProgress(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Progress {
  return progressOn(stream.isTTY === true ? terminalProgress(stream) : plainProgress(stream));
}

function progressOn(view: PhaseView): Progress {
  let current: { startedAtMs: number; done: number; total: number | undefined; failed: number } | undefined;
  const state = (): PhaseState => {
    const { startedAtMs = 0, done = 0, total, failed = 0 } = current ?? {};
    const seconds = (performance.now() - startedAtMs) / 1000;
    return { done, total, failed, rate: seconds > 0 ? done / seconds : 0 };
  };
  const stop = (): void => {
    if (current !== undefined) view.end(state());
    current = undefined;
  };
  return {
    say: (message) => view.say(message),
    phase(name, total) {
      stop();
      current = { startedAtMs: performance.now(), done: 0, total, failed: 0 };
      view.begin(name, total);
    },
    update(done, { total, failed } = {}) {
      if (current === undefined) return;
      // What is read of a job may be older than what was read before: progress never runs backwards.
      current.done = Math.max(current.done, done);
      current.failed = Math.max(current.failed, failed ?? 0);
      current.total = total ?? current.total;
      view.show(state());
    },
    stop,
  };
}
