import { faultKinds } from '../localstack/embedded/faults/fault-plan.ts';
import type { Stack } from '../localstack/embedded/stack.ts';
import { CliError } from './cli-error.ts';

/** Of `--faults SEED`; undefined when it is not given. Throws CliError USAGE for what is no whole number below 2³². */
export function parseFaultSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < 2 ** 32) return seed;
  throw new CliError('USAGE', `--faults takes a whole number from 0 to ${2 ** 32 - 1} (given ${text})`);
}

/** What went wrong, the most frequent kind first, and how to see it again. */
export function faultLines({ faults }: Stack, seed: number): string[] {
  const byKind = Map.groupBy(faults.injected, ({ kind }) => kind);
  const counted = [...byKind].map(([kind, injected]) => ({
    kind,
    count: injected.reduce((sum, fault) => sum + fault.count, 0),
  }));
  const total = counted.reduce((sum, { count }) => sum + count, 0);
  return [
    `${total} faults of seed ${seed}:`,
    ...counted.toSorted((a, b) => b.count - a.count).map(({ kind, count }) => `  ${count} × ${faultKinds[kind]}`),
  ];
}
