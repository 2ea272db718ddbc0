import { hash } from 'node:crypto';

const initialSlots = 1_024;
/** Share of slots in use; above it probing gets long. */
const maxLoad = 0.75;

/**
 * Names that were met, in 11 to 22 bytes each: 64 MB for an archive of 5,000,000 entries. It keeps 63 bits of a hash: at that size
 * two names are taken for one with odds of about 10⁻⁶.
 */
export class NameSet {
  #slots = new Uint32Array(initialSlots * 2);
  #size = 0;

  /** False when it was there before. */
  add(name: string): boolean {
    const digest = Buffer.from(hash('sha1', name, 'buffer'));
    // A slot of zeros is an empty one.
    const [high, low] = [digest.readUInt32LE(0) | 1, digest.readUInt32LE(4)];
    if (!this.#insert(high >>> 0, low)) return false;
    this.#size += 1;
    if (this.#size / (this.#slots.length / 2) > maxLoad) this.#grow();
    return true;
  }

  #insert(high: number, low: number): boolean {
    const slots = this.#slots.length / 2;
    for (let slot = low % slots; ; slot = (slot + 1) % slots) {
      const found = this.#slots[slot * 2];
      if (found === 0) {
        this.#slots[slot * 2] = high;
        this.#slots[slot * 2 + 1] = low;
        return true;
      }
      if (found === high && this.#slots[slot * 2 + 1] === low) return false;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    for (let index = 0; index < before.length; index += 2) {
      const high = before[index] ?? 0;
      if (high !== 0) this.#insert(high, before[index + 1] ?? 0);
    }
  }
}
