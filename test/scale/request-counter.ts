import type { Observer, Write } from '../simulation/observer.ts';
import type { PendingCall } from '../simulation/invocation.ts';

/** What a phase asked of S3 and SQS. */
export interface RequestCounts {
  /** By function and action, as `collector PutObject`. */
  readonly requests: Readonly<Record<string, number>>;
  readonly bytesWritten: number;
  /** Most writes of one key, and which. */
  readonly hottestPartKey: number;
  readonly hottestJobKey: number;
}

/** Counts requests while the world answers them. */
export class RequestCounter implements Observer {
  readonly #requests = new Map<string, number>();
  readonly #writes = new Map<string, number>();
  #bytesWritten = 0;

  count({ action, invocation }: PendingCall): void {
    const name = `${invocation.functionName} ${action}`;
    this.#requests.set(name, (this.#requests.get(name) ?? 0) + 1);
  }

  onWrite({ key, object }: Write): void {
    this.#writes.set(key, (this.#writes.get(key) ?? 0) + 1);
    this.#bytesWritten += object.size;
  }

  counts(): RequestCounts {
    const hottest = (matches: (key: string) => boolean): number =>
      Math.max(0, ...[...this.#writes].filter(([key]) => matches(key)).map(([, writes]) => writes));
    return {
      requests: Object.fromEntries(this.#requests),
      bytesWritten: this.#bytesWritten,
      hottestPartKey: hottest((key) => key.includes('/parts/')),
      hottestJobKey: hottest((key) => !key.includes('/parts/')),
    };
  }
}
