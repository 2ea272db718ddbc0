import type { OutcomeStatus } from './outcome.ts';

export interface OutcomeCounts {
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
}

// Ordered as the join: a larger value prevails, so that merging is a maximum.
const valueOf: Record<OutcomeStatus, number> = { failed: 1, skipped: 2, succeeded: 3 };

/**
 * The statuses of a run of ordinals in 2 bits each: 10,000 images take 2.5 KB. Merging is a join (a maximum), so a notice may
 * arrive any number of times, in any order, and counts are taken from the set and never incremented (field note 40).
 */
export class OutcomeSet {
  readonly size: number;
  readonly #bits: Uint8Array;

  constructor(size: number, bits: Uint8Array = new Uint8Array(Math.ceil(size / 4))) {
    if (bits.length !== Math.ceil(size / 4))
      throw new RangeError(`an outcome set of ${size} takes ${Math.ceil(size / 4)} bytes (given ${bits.length})`);
    this.size = size;
    this.#bits = bits;
  }

  static decode(size: number, base64: string): OutcomeSet {
    return new OutcomeSet(size, new Uint8Array(Buffer.from(base64, 'base64')));
  }

  encode(): string {
    return Buffer.from(this.#bits).toString('base64');
  }

  #value(index: number): number {
    return ((this.#bits[index >> 2] ?? 0) >> ((index & 3) * 2)) & 3;
  }

  #raise(index: number, value: number): void {
    if (index < 0 || index >= this.size) throw new RangeError(`ordinal ${index} is outside a set of ${this.size}`);
    if (value <= this.#value(index)) return;
    const shift = (index & 3) * 2;
    this.#bits[index >> 2] = ((this.#bits[index >> 2] ?? 0) & ~(3 << shift)) | (value << shift);
  }

  add(index: number, status: OutcomeStatus): void {
    this.#raise(index, valueOf[status]);
  }

  has(index: number): boolean {
    return this.#value(index) !== 0;
  }

  /** Joins another set whose index 0 is ordinal `offset` of this one. */
  merge(other: OutcomeSet, offset: number): void {
    for (let index = 0; index < other.size; index++)
      if (other.has(index)) this.#raise(offset + index, other.#value(index));
  }

  counts(): OutcomeCounts {
    const totals = [0, 0, 0, 0];
    for (let index = 0; index < this.size; index++) totals[this.#value(index)] = (totals[this.#value(index)] ?? 0) + 1;
    return { failed: totals[1] ?? 0, skipped: totals[2] ?? 0, succeeded: totals[3] ?? 0 };
  }

  /** True when every ordinal has an outcome. */
  complete(): boolean {
    for (let index = 0; index < this.size; index++) if (!this.has(index)) return false;
    return true;
  }
}
