import { renditionsPrefix } from './output-key.ts';
import { statePrefix } from './state-key.ts';

/** Where the pipeline writes in the results bucket. */
export const outputPrefixes = [renditionsPrefix, statePrefix] as const;

/** Whether a key could start with both. */
export function prefixesOverlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

/**
 * Refuses a deployment in which an output could be an upload (design 5, invariant 4). The construct does not make one; this is for
 * functions that were configured by hand since.
 *
 * @param routePrefixes of the routes that the function knows
 * @throws Error, which fails the function's initialisation
 */
export function refuseLoop(buckets: { uploads: string; results: string }, routePrefixes: readonly string[]): void {
  if (buckets.uploads === buckets.results)
    throw new Error(
      `the uploads bucket must not be the results bucket: outputs would be uploads (given ${buckets.results})`,
    );
  for (const route of routePrefixes)
    for (const output of outputPrefixes)
      if (prefixesOverlap(route, output))
        throw new Error(`a route must not overlap ${output}, where the pipeline writes (given '${route}')`);
}
