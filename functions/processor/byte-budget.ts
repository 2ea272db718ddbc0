interface Waiting {
  readonly bytes: number;
  admit(): void;
}

/** Bytes that may lie in the scratch directory at once. First come, first served; one larger than all is served alone. */
export class ByteBudget {
  readonly #capacity: number;
  readonly #waiting: Waiting[] = [];
  #used = 0;

  constructor(capacityBytes: number) {
    this.#capacity = capacityBytes;
  }

  /**
   * Does `work` once the bytes fit, and gives them back when it has ended; earlier what `shrinkTo` says is not needed any more.
   */
  async hold<Result>(bytes: number, work: (shrinkTo: (bytes: number) => void) => Promise<Result>): Promise<Result> {
    let share = Math.min(bytes, this.#capacity);
    const giveBack = (left: number): void => {
      this.#used -= share - left;
      share = left;
      this.#admitWaiting();
    };
    await new Promise<void>((admit) => {
      this.#waiting.push({ bytes: share, admit });
      this.#admitWaiting();
    });
    try {
      return await work((needed) => giveBack(Math.min(share, needed)));
    } finally {
      giveBack(0);
    }
  }

  #admitWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#used + next.bytes > this.#capacity) return;
      this.#used += next.bytes;
      this.#waiting.shift();
      next.admit();
    }
  }
}
