import { GlobError } from './glob-tokens.ts';

/** What braces may multiply a glob to. */
const maxAlternatives = 64;

/** Index of the first of these characters that is not escaped; -1 when there is none. */
function indexOfPlain(glob: string, wanted: string, start: number): number {
  for (let at = start; at < glob.length; at += glob[at] === '\\' ? 2 : 1)
    if (wanted.includes(glob.charAt(at))) return at;
  return -1;
}

function splitAtCommas(content: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let comma = indexOfPlain(content, ',', 0); comma !== -1; comma = indexOfPlain(content, ',', start)) {
    parts.push(content.slice(start, comma));
    start = comma + 1;
  }
  parts.push(content.slice(start));
  if (parts.length === 1) throw new GlobError('{ } is for alternatives such as {jpg,png}; write \\{ for a brace');
  return parts;
}

/**
 * The globs that one with braces stands for, such as `*.jpg` and `*.png` for `*.{jpg,png}`.
 *
 * @throws GlobError
 */
export function expandBraces(glob: string): string[] {
  let heads = [''];
  let at = 0;
  for (;;) {
    const open = indexOfPlain(glob, '{', at);
    if (open === -1) return heads.map((head) => head + glob.slice(at));
    const close = indexOfPlain(glob, '{}', open + 1);
    if (close === -1) throw new GlobError('{ without }');
    if (glob[close] === '{') throw new GlobError('{ within { } is not supported');
    const before = glob.slice(at, open);
    const parts = splitAtCommas(glob.slice(open + 1, close));
    if (heads.length * parts.length > maxAlternatives)
      throw new GlobError(`its braces stand for more than ${maxAlternatives} globs`);
    heads = heads.flatMap((head) => parts.map((part) => head + before + part));
    at = close + 1;
  }
}
