import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Store } from '../store.ts';

const RowSchema = z.object({ value: z.string() });

/** Bits below the milliseconds: room for a million events in each. */
const COUNTER_BITS = 20n;
/** Four seconds' worth is set aside at a time, so that only one write in so many has to note how far it has come. */
const RESERVED = 1n << 32n;

/** Gives sequencers: hexadecimal, of one length, each greater than all before it, also after a restart. */
export class Sequencer {
  readonly #clock: Clock;
  readonly #save: (value: bigint) => void;
  #last: bigint;
  #reserved: bigint;

  constructor(store: Store, clock: Clock) {
    this.#clock = clock;
    const row = store.prepare("SELECT value FROM meta WHERE name = 'sequencer'").get();
    this.#last = row === undefined ? 0n : BigInt(RowSchema.parse(row).value);
    this.#reserved = this.#last;
    const statement = store.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('sequencer', ?)");
    this.#save = (value) => void statement.run(String(value));
  }

  next(): string {
    const byTime = BigInt(this.#clock.now()) << COUNTER_BITS;
    this.#last = byTime > this.#last ? byTime : this.#last + 1n;
    if (this.#last >= this.#reserved) {
      this.#reserved = this.#last + RESERVED;
      this.#save(this.#reserved);
    }
    return this.#last.toString(16).toUpperCase().padStart(18, '0');
  }
}
