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

  /** Does `work` once the bytes fit, and gives them back when it has ended. */
  async hold<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    const share = Math.min(bytes, this.#capacity);
    await new Promise<void>((admit) => {
      this.#waiting.push({ bytes: share, admit });
      this.#admitWaiting();
    });
    try {
      return await work();
    } finally {
      this.#used -= share;
      this.#admitWaiting();
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
