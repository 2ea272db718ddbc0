interface Host {
  busy: number;
  /** In order of arrival. */
  readonly waiting: Set<() => void>;
}

/** Requests to one host that may be under way at once. First come, first served. */
export class HostSlots {
  readonly #perHost: number;
  /** Of hosts that are busy. */
  readonly #hosts = new Map<string, Host>();

  constructor(perHost: number) {
    this.#perHost = perHost;
  }

  /**
   * Does `work` once the host has room.
   *
   * @throws the signal's reason when it aborts while waiting
   */
  async hold<Result>(name: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    const host = this.#hosts.get(name) ?? { busy: 0, waiting: new Set() };
    this.#hosts.set(name, host);
    if (host.busy < this.#perHost) host.busy += 1;
    else await this.#turn(host, signal);
    try {
      return await work();
    } finally {
      this.#leave(name, host);
    }
  }

  async #turn({ waiting }: Host, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const admit = () => resolve(undefined);
    const giveUp = () => {
      waiting.delete(admit);
      reject(signal.reason);
    };
    waiting.add(admit);
    signal.addEventListener('abort', giveUp);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Hands the slot to the next in line, so that nobody comes between. */
  #leave(name: string, host: Host): void {
    const [next] = host.waiting;
    if (next !== undefined) {
      host.waiting.delete(next);
      next();
      return;
    }
    host.busy -= 1;
    if (host.busy === 0) this.#hosts.delete(name);
  }
}
