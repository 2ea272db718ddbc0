import { expect } from 'vitest';

/** For `toEqual`: any text that matches. */
export function textLike(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
