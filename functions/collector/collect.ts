import { readCancellation } from '../../shared/aws/stored-cancellation.ts';
import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import { isComplete } from '../../shared/core/part-status.ts';
import type { Notice, ReceiptNotice } from '../../shared/core/notice.ts';
import type { Collector, RemainingMs } from './collector.ts';
import { finishJob, announceIfEnded } from './finish-job.ts';
import { foldPart } from './fold-part.ts';
import { addFoldedPart } from './job-status.ts';
import { cancelOverBudget } from './watch-budget.ts';
import { updatePartStatus } from './update-part-status.ts';

export interface NoticeMessage {
  readonly id: string;
  readonly notice: Notice;
}

/** Parts, and jobs, worked on at a time: a batch may tell of a hundred. */
const maxParts = 8;
const maxJobs = 4;

/**
 * Works on a batch of notices: joins them into the statuses of their parts, folds the parts that are complete, and finishes the
 * jobs of which every part is folded. Each step looks at the stored state first, so that duplicates, reordering, two
 * collectors at once and a crash after any step end in the same state.
 *
 * @returns ids of the messages to be delivered again
 */
export async function collect(
  collector: Collector,
  messages: readonly NoticeMessage[],
  remainingMs: RemainingMs,
): Promise<string[]> {
  const failed = new Set<string>();
  const attempt = async (group: readonly NoticeMessage[], work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const { job, part } = group[0]?.notice ?? {};
      collector.logger.error('to be delivered again', { job, part, messages: group.length, error });
      for (const { id } of group) failed.add(id);
    }
  };

  const jobsToFinish = new Set<string>();
  const groups = Map.groupBy(messages, ({ notice: { job, part } }) => `${job}/${part ?? ''}`).values();
  await mapConcurrently(groups, maxParts, (group) =>
    attempt(group, async () => {
      const notices = group.map(({ notice }) => notice);
      for (const job of await collectGroup(collector, notices)) jobsToFinish.add(job);
    }),
  );
  // Once for each, after its parts: all of them may have become complete in this batch.
  await mapConcurrently(jobsToFinish, maxJobs, (job) =>
    attempt(
      messages.filter(({ notice }) => notice.job === job),
      () => finishJob(collector, job, remainingMs),
    ),
  );
  return [...failed];
}

/**
 * Notices of one part, or about one whole job.
 *
 * @returns the job, when it may be at its end now
 */
async function collectGroup(collector: Collector, notices: readonly Notice[]): Promise<string[]> {
  const [first] = notices;
  if (first === undefined) return [];
  const { job, part } = first;
  // Of a cancelled job, and of one that has ended, receipts change no status any more.
  if (part === undefined || (await readCancellation(collector.store, job)) !== undefined) return [job];

  const receiptNotices = notices.filter((notice): notice is ReceiptNotice => notice.kind === 'receipt');
  const check = receiptNotices.length < notices.length;
  const status = await updatePartStatus(collector, { job, part }, receiptNotices, check);
  if (status === undefined) return [];
  if (!isComplete(status)) return (await cancelOverBudget(collector, job, status)) ? [job] : [];
  if (await announceIfEnded(collector, job)) return [];
  await addFoldedPart(collector, await foldPart(collector, status));
  await cancelOverBudget(collector, job, undefined);
  return [job];
}
