import { setTimeout as sleep } from 'node:timers/promises';
import { readPartHeader } from '../../shared/aws/stored-plan.ts';
import { readReceipt } from '../../shared/aws/stored-receipts.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { PartStatusSchema, type PartStatus } from '../../shared/core/job.ts';
import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import type { ReceiptNotice } from '../../shared/core/notice.ts';
import { isComplete, joinNotices } from '../../shared/core/part-status.ts';
import { noticeOf, receiptNameOfKey } from '../../shared/core/receipt.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Collector } from './collector.ts';

export interface PartOfJob {
  readonly job: string;
  readonly part: number;
}

const maxReads = 32;
/** At most ten collectors run at once, each with one write per second and part. */
const maxRounds = 20;
const maxBackoffMs = 50;

/**
 * Joins notices into the stored status of their part, by If-Match. A complete status is left as it is: later receipts are
 * only logged, because the part may be folded already.
 *
 * @param check look at the receipts themselves too; done anyway when there is no status, because it may have been lost
 * @returns the stored status; undefined when the part has no receipt yet
 */
export async function updatePartStatus(
  collector: Collector,
  { job, part }: PartOfJob,
  notices: readonly ReceiptNotice[],
  check: boolean,
): Promise<PartStatus | undefined> {
  const { store, logger } = collector;
  const key = stateKey.partStatus(job, part);
  for (let round = 0; round < maxRounds; round++) {
    const stored = await store.readDocument(key, PartStatusSchema);
    const current = stored?.document;
    if (current !== undefined && isComplete(current)) {
      const late = notices.filter(({ receipt }) => !current.receipts.includes(receipt));
      if (late.length > 0) logger.info('late receipts', { job, part, receipts: late.map(({ receipt }) => receipt) });
      return current;
    }
    const told = joinNotices(current, notices);
    const next = check || current === undefined ? await joinReceipts(collector, { job, part }, told) : told;
    if (next === undefined || next === current) return next;
    const text = JSON.stringify(next);
    if (stored === undefined ? await store.create(key, text) : await store.replace(key, text, stored.etag)) return next;
    await sleep(Math.random() * maxBackoffMs);
  }
  throw new FanlightError(
    'INTERNAL',
    `the status of part ${part} of job ${job} was replaced ${maxRounds} times meanwhile`,
  );
}

/** Joins the stored receipts that a status does not know, as if their notices had come. */
async function joinReceipts(
  { store }: Collector,
  { job, part }: PartOfJob,
  status: PartStatus | undefined,
): Promise<PartStatus | undefined> {
  const known = new Set(status?.receipts);
  const unknown: { key: string; name: string }[] = [];
  for await (const { key } of store.list(stateKey.receipts(job, part))) {
    const name = receiptNameOfKey(key);
    if (name !== undefined && !known.has(name)) unknown.push({ key, name });
  }
  if (unknown.length === 0) return status;
  const partImages = status?.images ?? (await readPartHeader(store, job, part))?.header.images;
  if (partImages === undefined) return status;
  const notices = await mapConcurrently(unknown, maxReads, async ({ key, name }) =>
    noticeOf({ ...(await readReceipt(store, key)), job }, name, partImages),
  );
  return joinNotices(status, notices);
}
