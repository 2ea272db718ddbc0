import { canMeasureMemory, groupMemoryKib } from './process-group.ts';

/** One walk over /proc takes about a millisecond; a runaway allocation adds some 300 MB between two walks. */
const SAMPLE_INTERVAL_MS = 100;

/** A process group whose memory counts. */
export interface WatchedGroup {
  readonly groupId: number;
  readonly limitKib: number;
  /** The most that was seen so far. */
  peakKib: number;
  readonly onExceeded: () => void;
}

/**
 * Samples the memory of running environments and tells those over their limit. Does nothing where there is no /proc.
 */
export class MemoryWatch {
  readonly #groups = new Set<WatchedGroup>();
  #timer: NodeJS.Timeout | undefined;

  add(group: WatchedGroup): void {
    if (!canMeasureMemory) return;
    this.#groups.add(group);
    this.#timer ??= setInterval(() => this.#sample(), SAMPLE_INTERVAL_MS).unref();
  }

  remove(group: WatchedGroup): void {
    this.#groups.delete(group);
    if (this.#groups.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sample(): void {
    const used = groupMemoryKib(new Set([...this.#groups].map((group) => group.groupId)));
    for (const group of this.#groups) {
      const kib = used.get(group.groupId) ?? 0;
      group.peakKib = Math.max(group.peakKib, kib);
      if (kib > group.limitKib) group.onExceeded();
    }
  }
}
