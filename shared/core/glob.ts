import { expandBraces } from './glob-braces.ts';
import { GlobError, parseGlob, type GlobToken } from './glob-tokens.ts';

export type GlobMatch = (path: string) => boolean;

/**
 * Enters a state, and those that may be reached from there without a character. States of one step are entered in ascending order, so
 * that one that is marked already was entered too.
 */
function enter(tokens: readonly GlobToken[], states: Uint8Array, first: number): void {
  for (let state = first; states[state] === 0; state += 1) {
    states[state] = 1;
    const kind = tokens[state]?.kind;
    if (kind !== 'many' && kind !== 'folders') return;
  }
}

function step(tokens: readonly GlobToken[], from: Uint8Array, to: Uint8Array, char: string): void {
  to.fill(0);
  // An index is several times as fast as entries() here, and this runs for each character of each key.
  for (let state = 0; state < tokens.length; state++) {
    const token = tokens[state];
    if (from[state] === 0 || token === undefined) continue;
    if (token.kind === 'folders') {
      to[state] = 1;
      if (char === '/') enter(tokens, to, state + 1);
    } else if (token.matches(char)) {
      enter(tokens, to, token.kind === 'many' ? state : state + 1);
    }
  }
}

/**
 * Follows all ways to match at once instead of one after the other, as a regular expression does: globs and keys are other people's,
 * and `*a*a*a*a*a*b` would keep an expression busy for years over a key of 1,024 bytes. This takes at most as many steps as the
 * key has characters times the glob's.
 */
function matcher(tokens: readonly GlobToken[]): GlobMatch {
  return (path) => {
    let [from, to] = [new Uint8Array(tokens.length + 1), new Uint8Array(tokens.length + 1)];
    enter(tokens, from, 0);
    for (const char of path) {
      step(tokens, from, to, char);
      [from, to] = [to, from];
    }
    return from[tokens.length] === 1;
  };
}

/**
 * A glob over names with slashes: `*` and `?` stop at slashes, `**` between slashes does not, `[a-z]`, `[!a-z]`, `{jpg,png}`; a
 * backslash takes the next character as it is. Upper and lower case differ, and a leading dot is a character like others.
 *
 * @throws GlobError for what is left out: `!` in front, `@(a|b)` and its like, `[[:alpha:]]`, braces within braces
 */
export function compileGlob(glob: string): GlobMatch {
  const matchers = expandBraces(glob).map((alternative) => matcher(parseGlob(alternative)));
  return (path) => matchers.some((matches) => matches(path));
}

/** What is wrong with a glob, in words for people; undefined when nothing is. */
export function checkGlob(glob: string): string | undefined {
  try {
    compileGlob(glob);
    return undefined;
  } catch (error) {
    if (error instanceof GlobError) return error.message;
    throw error;
  }
}
