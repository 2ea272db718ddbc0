import { FanlightError } from './errors.ts';
import { shortHash } from './hash.ts';
import { limits } from './limits.ts';

/** Where renditions live in the results bucket; everything else of ours is below `_fanlight/`. */
export const renditionsPrefix = 'renditions/';

/** The key template when a job names none: the whole source name, extension included, so that a.jpg and a.png never meet. */
export const defaultKeyTemplate = '{path}/{rendition}.{ext}';

/** Where a shard's renditions go: a prefix relative to `renditions/` and the key template below it. */
export interface OutputTarget {
  readonly prefix: string;
  readonly key?: string | undefined;
}

/**
 * Both shapes are injective whatever the source is called: neither a rendition's name nor its extension holds a slash, so
 * the last slash ends the path in the first shape and the first slash after the literal text ends the rendition in the second.
 */
const injectiveTemplates = [
  /^[^{}]*\{(path|id)\}\/[^{}/]*\{rendition\}\.\{ext\}$/,
  /^[^{}]*\{rendition\}\/\{(path|id)\}\.\{ext\}$/,
];

/** True when no two (source, rendition) pairs can be given the same key by this template. */
export function isInjectiveTemplate(template: string): boolean {
  return (
    injectiveTemplates.some((shape) => shape.test(template)) &&
    !template.split('/').some((s) => s === '.' || s === '..')
  );
}

// What a file system, a URL or a terminal would read as something else: controls, backslash, DEL and the escape itself.
// eslint-disable-next-line no-control-regex -- control characters are exactly what this must find
const unsafeCharacters = /[\u0000-\u001f\u007f%\\]/g;

function encodeSegment(segment: string): string {
  if (segment === '') return '%_';
  if (segment === '.') return '%2E';
  if (segment === '..') return '%2E%2E';
  return segment.replace(unsafeCharacters, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** A source name as a path without empty, dot or control segments. Reversible, hence injective. */
export function encodeSourcePath(name: string): string {
  return name.split('/').map(encodeSegment).join('/');
}

/** The inverse of {@link encodeSourcePath}. */
export function decodeSourcePath(path: string): string {
  return path
    .split('/')
    .map((s) =>
      s === '%_' ? '' : s.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    )
    .join('/');
}

/**
 * The results-bucket key of one rendition.
 *
 * @param fileName the expanded rendition with its extension, such as `w640.avif`
 * @throws FanlightError ENTRY_UNSAFE when the key would exceed the 1,024 bytes of S3
 */
export function renditionKey(output: OutputTarget, sourceName: string, fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  const values: Record<string, string> = {
    path: encodeSourcePath(sourceName),
    id: shortHash(sourceName),
    rendition: fileName.slice(0, dot),
    ext: fileName.slice(dot + 1),
  };
  const relative = (output.key ?? defaultKeyTemplate).replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  const key = `${renditionsPrefix}${output.prefix}${relative}`;
  if (Buffer.byteLength(key) > limits.maxKeyBytes)
    throw new FanlightError(
      'ENTRY_UNSAFE',
      `the output key of this name would be ${Buffer.byteLength(key)} bytes long (S3 allows ${limits.maxKeyBytes})`,
    );
  return key;
}
