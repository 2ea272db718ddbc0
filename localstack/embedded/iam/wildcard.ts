const cache = new Map<string, RegExp>();

/** A pattern of IAM: `*` stands for any characters (also none, also `/`), `?` for exactly one; the rest is literal. */
export function wildcardPattern(pattern: string, flags = ''): RegExp {
  if (pattern.includes('${')) throw new Error(`IAM policy variables are not supported (given ${pattern})`);
  const id = `${flags}:${pattern}`;
  const known = cache.get(id);
  if (known !== undefined) return known;
  const source = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/gu, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const compiled = new RegExp(`^${source}$`, `su${flags}`);
  cache.set(id, compiled);
  return compiled;
}
