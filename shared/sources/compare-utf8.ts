/** Surrogates stand for the code points above all others. */
function codePointOrder(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** S3 lists keys by their UTF-8 bytes; strings compare by UTF-16 units, which differs where surrogates meet U+E000 and above. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [first, second] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (first === second) continue;
    if (first >= 0xd800 && second >= 0xd800) return codePointOrder(first) - codePointOrder(second);
    return first - second;
  }
  return a.length - b.length;
}
