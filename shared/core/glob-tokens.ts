/** A step of a glob's match. */
export type GlobToken =
  /** One character. */
  | { readonly kind: 'one'; readonly matches: (char: string) => boolean }
  /** Any number of characters. */
  | { readonly kind: 'many'; readonly matches: (char: string) => boolean }
  /** Any number of whole folders, each with its slash. */
  | { readonly kind: 'folders' };

/** What is wrong with a glob, in words for people. */
export class GlobError extends Error {
  override readonly name = 'GlobError';
}

/** A token, and the index of the next one. */
interface Parsed {
  readonly token: GlobToken;
  readonly end: number;
}

const isNoSlash = (char: string): boolean => char !== '/';
const isAny = (): boolean => true;

function literal(chars: readonly string[], at: number): Parsed {
  const escaped = chars[at] === '\\';
  const char = chars[escaped ? at + 1 : at];
  if (char === undefined) throw new GlobError('a backslash at its end escapes nothing');
  return { token: { kind: 'one', matches: (other) => other === char }, end: at + (escaped ? 2 : 1) };
}

/** `**` between slashes is any number of folders, at the end everything below; elsewhere it is a `*`. */
function stars(chars: readonly string[], start: number): Parsed {
  let end = start;
  while (chars[end] === '*') end += 1;
  const isFolders = end - start > 1 && (start === 0 || chars[start - 1] === '/');
  if (isFolders && chars[end] === '/') return { token: { kind: 'folders' }, end: end + 1 };
  return { token: { kind: 'many', matches: isFolders && end === chars.length ? isAny : isNoSlash }, end };
}

interface CharRange {
  readonly first: string;
  readonly last: string;
}

function isWithin(char: string, { first, last }: CharRange): boolean {
  const code = char.codePointAt(0) ?? 0;
  return code >= (first.codePointAt(0) ?? 0) && code <= (last.codePointAt(0) ?? 0);
}

function classChar(chars: readonly string[], at: number): { readonly char: string; readonly end: number } {
  const escaped = chars[at] === '\\';
  const char = chars[escaped ? at + 1 : at];
  if (char === undefined) throw new GlobError('[ without ]');
  if (char === '/') throw new GlobError('a slash within [ ]');
  if (char === '[' && !escaped && chars[at + 1] === ':') throw new GlobError('[: :] is not supported');
  return { char, end: at + (escaped ? 2 : 1) };
}

/** `[a-z_]`, or `[!a-z_]` for what is none of them; never a slash. */
function characterClass(chars: readonly string[], start: number): Parsed {
  const negated = chars[start + 1] === '!' || chars[start + 1] === '^';
  const ranges: CharRange[] = [];
  let at = start + (negated ? 2 : 1);
  while (chars[at] !== ']' || ranges.length === 0) {
    const { char: first, end } = classChar(chars, at);
    const isRange = chars[end] === '-' && chars[end + 1] !== ']';
    const last = isRange ? classChar(chars, end + 1) : { char: first, end };
    ranges.push({ first, last: last.char });
    at = last.end;
  }
  const matches = (char: string): boolean => char !== '/' && ranges.some((range) => isWithin(char, range)) !== negated;
  return { token: { kind: 'one', matches }, end: at + 1 };
}

function tokenAt(chars: readonly string[], at: number): Parsed {
  const char = chars[at] ?? '';
  if (chars[at + 1] === '(' && '?*+@!'.includes(char))
    throw new GlobError(`${char}( ) is not supported; write \\( for a parenthesis`);
  if (char === '*') return stars(chars, at);
  if (char === '?') return { token: { kind: 'one', matches: isNoSlash }, end: at + 1 };
  return char === '[' ? characterClass(chars, at) : literal(chars, at);
}

/**
 * Tokens of a glob without braces.
 *
 * @throws GlobError
 */
export function parseGlob(glob: string): GlobToken[] {
  const chars = Array.from(glob);
  if (chars[0] === '!') throw new GlobError('it begins with !; use "exclude", or \\! for the character');
  const tokens: GlobToken[] = [];
  for (let at = 0; at < chars.length;) {
    const { token, end } = tokenAt(chars, at);
    tokens.push(token);
    at = end;
  }
  return tokens;
}
