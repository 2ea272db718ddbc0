/** A place in a queue. */
export interface Turn {
  /** Settles when all earlier turns have been passed on. Never rejects. */
  readonly come: Promise<void>;
  /** Lets the next one come, whether this one has come or not. Again is harmless. */
  pass(): void;
}

/** Lets things happen one at a time, in the order in which turns were taken. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  take(): Turn {
    const { promise: passed, resolve: pass } = Promise.withResolvers<void>();
    const come = this.#last;
    this.#last = come.then(() => passed);
    return { come, pass };
  }
}
