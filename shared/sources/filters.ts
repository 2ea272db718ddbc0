import { FanlightError } from '../core/errors.ts';
import type { Filters } from '../core/manifest-sources.ts';
import { checkGlob, compileGlob, type GlobMatch } from '../core/glob.ts';

/** What is known of an object without reading it. */
export interface FilteredObject {
  /** Its name below the prefix. */
  readonly path: string;
  readonly sizeBytes?: number | undefined;
  readonly modifiedMs?: number | undefined;
}

export type ObjectFilter = (object: FilteredObject) => boolean;

/** @throws FanlightError INVALID_MANIFEST */
function compiled(globs: readonly string[]): GlobMatch[] {
  return globs.map((glob) => {
    const complaint = checkGlob(glob);
    if (complaint !== undefined)
      throw new FanlightError('INVALID_MANIFEST', `the glob ${JSON.stringify(glob)} is not valid: ${complaint}`);
    return compileGlob(glob);
  });
}

/** What is not known is not within any bounds. */
function within(value: number | undefined, least: number | undefined, most: number | undefined): boolean {
  if (least === undefined && most === undefined) return true;
  return value !== undefined && value >= (least ?? -Infinity) && value <= (most ?? Infinity);
}

/**
 * Which objects pass all filters; undefined when there are none. An object of unknown size or date passes no filter that asks for it.
 *
 * @throws FanlightError INVALID_MANIFEST for a glob that is not supported
 */
export function filterOf(filters: Filters): ObjectFilter | undefined {
  const { include, exclude = [], minBytes, maxBytes, modifiedSince } = filters;
  const parts = [include, filters.exclude, minBytes, maxBytes, modifiedSince];
  if (parts.every((part) => part === undefined)) return undefined;
  const [included, excluded] = [include === undefined ? undefined : compiled(include), compiled(exclude)];
  const sinceMs = modifiedSince === undefined ? undefined : Date.parse(modifiedSince);
  return ({ path, sizeBytes, modifiedMs }) =>
    within(sizeBytes, minBytes, maxBytes) &&
    within(modifiedMs, sinceMs, undefined) &&
    (included?.some((matches) => matches(path)) ?? true) &&
    !excluded.some((matches) => matches(path));
}
