import { z } from 'zod';

/**
 * Numbers of parts as ascending runs [first, last] that do not touch. Parts end roughly in order, so that a job of any length
 * has a handful of runs; a list of numbers would be rewritten whole for every part, 3.9 GB of it in a job of 10⁸ images.
 */
export const PartRunsSchema = z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()]));
type PartRuns = z.infer<typeof PartRunsSchema>;

/** A set of part numbers over its runs; never changed. */
export class PartSet {
  readonly runs: PartRuns;

  constructor(runs: PartRuns = []) {
    this.runs = runs;
  }

  get size(): number {
    return this.runs.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  has(part: number): boolean {
    return this.runs.some(([first, last]) => first <= part && part <= last);
  }

  with(part: number): PartSet {
    if (this.has(part)) return this;
    const before = this.runs.filter(([, last]) => last < part - 1);
    const after = this.runs.filter(([first]) => first > part + 1);
    const touching = this.runs.filter(([first, last]) => last === part - 1 || first === part + 1);
    const first = Math.min(part, ...touching.map(([start]) => start));
    const last = Math.max(part, ...touching.map(([, end]) => end));
    return new PartSet([...before, [first, last], ...after]);
  }
}
