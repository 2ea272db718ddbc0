/** Characters of one kind: where one of them was seen, the others are to be expected. */
const kinds = ['0123456789', 'abcdef', 'ghijklmnopqrstuvwxyz', 'ABCDEF', 'GHIJKLMNOPQRSTUVWXYZ'];

/** Bounds the numbers below, far within what a double holds exactly. */
const maxNumber = 1e12;

/** The characters that keys may have at an index, in order, to judge by those of some of them. */
export function alphabetAt(keys: readonly string[], index: number): string[] {
  const seen = new Set(keys.map((key) => key.charAt(index)));
  for (const kind of kinds)
    if (Array.from(kind).some((char) => seen.has(char))) for (const char of kind) seen.add(char);
  seen.delete('');
  return Array.from(seen).toSorted();
}

/** What keys have behind their common beginning, as numbers, to find keys in between. */
export class KeyDigits {
  readonly #common: string;
  readonly #alphabets: string[][] = [];

  /** @param keys some keys, in order, that share the first `commonLength` characters */
  constructor(keys: readonly string[], commonLength: number) {
    this.#common = keys[0]?.slice(0, commonLength) ?? '';
    for (let [index, number] = [commonLength, 1]; number < maxNumber; index++) {
      const alphabet = alphabetAt(keys, index);
      if (alphabet.length === 0) return;
      number *= alphabet.length;
      this.#alphabets.push(alphabet);
    }
  }

  numberOf(key: string): number {
    let number = 0;
    for (const [index, alphabet] of this.#alphabets.entries()) {
      const char = key.charAt(this.#common.length + index);
      number =
        number * alphabet.length +
        Math.max(
          0,
          alphabet.findLastIndex((other) => other <= char),
        );
    }
    return number;
  }

  /** Not a key that exists, but one that has its place among them. */
  keyOf(number: number): string {
    let [rest, behind] = [number, ''];
    for (const alphabet of this.#alphabets.toReversed()) {
      behind = (alphabet[rest % alphabet.length] ?? '') + behind;
      rest = Math.floor(rest / alphabet.length);
    }
    return this.#common + behind;
  }
}
