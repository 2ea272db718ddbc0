import { hash } from 'node:crypto';

const initialSlots = 1_024;
/** Share of slots in use; above it probing gets long. */
const maxLoad = 0.75;
const wordsPerSlot = 2;

/**
 * Names that were met, in 11 to 22 bytes each: 64 MB for an archive of 5,000,000 entries. It keeps 63 bits of a hash: at that size
 * two names are taken for one with odds of about 10⁻⁶.
 */
export class NameSet {
  #slots = new Uint32Array(initialSlots * wordsPerSlot);
  #size = 0;

  /** What {@link toBytes} gave. */
  static of(bytes: Uint8Array): NameSet {
    const names = new NameSet();
    // As large as it was: names in the order of a table all fall into the same corner of a smaller one.
    while (bytes.length / 8 / (names.#slots.length / wordsPerSlot) > maxLoad)
      names.#slots = new Uint32Array(names.#slots.length * 2);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 8) names.#take(view.getUint32(at, true), view.getUint32(at + 4, true));
    return names;
  }

  /** False when it was there before. */
  add(name: string): boolean {
    const digest = Buffer.from(hash('sha1', name, 'buffer'));
    // A slot of zeros is an empty one.
    return this.#take((digest.readUInt32LE(0) | 1) >>> 0, digest.readUInt32LE(4));
  }

  /** Eight bytes for each name that is not in `except`, in no order. */
  toBytes(except: NameSet): Uint8Array {
    const bytes = new DataView(new ArrayBuffer(this.#size * 8));
    let at = 0;
    for (let index = 0; index < this.#slots.length; index += wordsPerSlot) {
      const [high, low] = [this.#slots[index] ?? 0, this.#slots[index + 1] ?? 0];
      if (high === 0 || except.#slotOf(high, low).isTaken) continue;
      bytes.setUint32(at, high, true);
      bytes.setUint32(at + 4, low, true);
      at += 8;
    }
    return new Uint8Array(bytes.buffer, 0, at);
  }

  #take(high: number, low: number): boolean {
    if (!this.#insert(high, low)) return false;
    this.#size += 1;
    if (this.#size / (this.#slots.length / wordsPerSlot) > maxLoad) this.#grow();
    return true;
  }

  /** Where a name is, or where it would be. */
  #slotOf(high: number, low: number): { at: number; isTaken: boolean } {
    const slots = this.#slots.length / wordsPerSlot;
    for (let slot = low % slots; ; slot = (slot + 1) % slots) {
      const at = slot * wordsPerSlot;
      if (this.#slots[at] === 0) return { at, isTaken: false };
      if (this.#slots[at] === high && this.#slots[at + 1] === low) return { at, isTaken: true };
    }
  }

  #insert(high: number, low: number): boolean {
    const { at, isTaken } = this.#slotOf(high, low);
    if (isTaken) return false;
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    return true;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    for (let index = 0; index < before.length; index += wordsPerSlot) {
      const high = before[index] ?? 0;
      if (high !== 0) this.#insert(high, before[index + 1] ?? 0);
    }
  }
}
