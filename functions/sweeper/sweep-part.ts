import type { StoredKey } from '../../shared/aws/state-store.ts';
import { PartStatusSchema, type PartStatus } from '../../shared/core/job.ts';
import { OutcomeSet } from '../../shared/core/outcome-set.ts';
import { isComplete } from '../../shared/core/part-status.ts';
import { receiptNameOfKey } from '../../shared/core/receipt.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { QueueStates } from './queue-state.ts';
import { resendMissing, type LossJudgement } from './resend-missing.ts';
import type { Sweeper } from './sweeper.ts';

/** A notice that is older has been lost, however full the receipts queue is. */
const maxNoticeAgeMs = 900_000;

/**
 * Looks at a part that is not folded: sends again what is lost.
 *
 * @returns whether the collector has to look at it: receipts of which it was not told, or a fold that did not happen
 */
export async function sweepPart(
  sweeper: Sweeper,
  { job, part }: { job: string; part: number },
  queues: QueueStates,
  loss: LossJudgement,
): Promise<boolean> {
  const { store, now } = sweeper;
  const isOverdue = (modifiedMs: number): boolean =>
    queues.receipts.empty || now().getTime() - modifiedMs > maxNoticeAgeMs;
  const status = await store.readDocument(stateKey.partStatus(job, part), PartStatusSchema);
  if (status !== undefined && isComplete(status.document)) return isOverdue(status.modifiedMs);
  const untold = await receiptsUnknownTo(sweeper, { job, part }, status?.document);
  if (untold.length > 0) return untold.some(({ modifiedMs }) => isOverdue(modifiedMs));
  await resendMissing(sweeper, { job, part }, outcomesOf(status?.document), loss);
  return false;
}

async function receiptsUnknownTo(
  { store }: Sweeper,
  { job, part }: { job: string; part: number },
  status: PartStatus | undefined,
): Promise<StoredKey[]> {
  const known = new Set(status?.receipts);
  const unknown: StoredKey[] = [];
  for await (const stored of store.list(stateKey.receipts(job, part))) {
    const name = receiptNameOfKey(stored.key);
    if (name !== undefined && !known.has(name)) unknown.push(stored);
  }
  return unknown;
}

function outcomesOf(status: PartStatus | undefined): OutcomeSet | undefined {
  return status === undefined ? undefined : OutcomeSet.decode(status.images, status.outcomes);
}
