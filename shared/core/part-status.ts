import type { PartStatus } from './job.ts';
import { limits } from './limits.ts';
import type { ReceiptNotice } from './notice.ts';
import { OutcomeSet } from './outcome-set.ts';

type Sums = Pick<PartStatus, 'bytesIn' | 'bytesOut' | 'computeMs'>;

const add = (a: Sums, b: Sums): Sums => ({
  bytesIn: a.bytesIn + b.bytesIn,
  bytesOut: a.bytesOut + b.bytesOut,
  computeMs: a.computeMs + b.computeMs,
});

/** What a part's status is before its first notice. */
function emptyStatus({ job, part, partImages }: ReceiptNotice): PartStatus {
  return {
    v: 1,
    job,
    part,
    images: partImages,
    outcomes: new OutcomeSet(partImages).encode(),
    counts: { succeeded: 0, failed: 0, skipped: 0 },
    receipts: [],
    bytesIn: 0,
    bytesOut: 0,
    computeMs: 0,
    failures: [],
  };
}

/**
 * Joins notices of one part into its status. Each receipt counts once, however often its notice arrives. Returns `current` itself
 * when the notices tell nothing new, undefined when there is nothing at all.
 */
export function joinNotices(
  current: PartStatus | undefined,
  notices: readonly ReceiptNotice[],
): PartStatus | undefined {
  const known = new Set(current?.receipts);
  const byReceipt = new Map(notices.map((notice) => [notice.receipt, notice]));
  const added = [...byReceipt.values()].filter(({ receipt }) => !known.has(receipt));
  const [first] = added;
  if (first === undefined) return current;

  const base = current ?? emptyStatus(first);
  const outcomes = OutcomeSet.decode(base.images, base.outcomes);
  for (const notice of added)
    outcomes.merge(OutcomeSet.decode(notice.last - notice.first + 1, notice.outcomes), notice.first);
  return {
    ...base,
    ...added.reduce<Sums>(add, base),
    outcomes: outcomes.encode(),
    counts: outcomes.counts(),
    receipts: [...base.receipts, ...added.map(({ receipt }) => receipt)],
    failures: [...base.failures, ...added.flatMap(({ failures }) => failures)].slice(0, limits.maxFailuresInReport),
  };
}

/** True when every image of the part has an outcome. */
export function isComplete({ images, counts }: PartStatus): boolean {
  return counts.succeeded + counts.failed + counts.skipped === images;
}
