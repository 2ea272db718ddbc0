/** What the pool knows of one worker when it looks at memory. */
export interface MemoryUse {
  readonly rssBytes: number;
  /** Its share; the whole budget for the one that renders alone. */
  readonly allowanceBytes: number;
  readonly busy: boolean;
}

/**
 * Which worker to end when all together exceed the budget, before the kernel or Lambda ends everything: the one
 * furthest over its allowance; an idle one that merely holds freed memory when none is over.
 */
export function chooseVictim<Use extends MemoryUse>(uses: readonly Use[], budgetBytes: number): Use | undefined {
  const total = uses.reduce((sum, { rssBytes }) => sum + rssBytes, 0);
  if (total <= budgetBytes) return undefined;
  const excess = ({ rssBytes, allowanceBytes }: Use) => rssBytes - allowanceBytes;
  const worst = uses.toSorted((a, b) => excess(b) - excess(a))[0];
  if (worst !== undefined && excess(worst) > 0) return worst;
  return uses.filter(({ busy }) => !busy).toSorted((a, b) => b.rssBytes - a.rssBytes)[0];
}
