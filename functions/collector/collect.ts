import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import { isComplete } from '../../shared/core/part-status.ts';
import type { Notice, ReceiptNotice } from '../../shared/core/notice.ts';
import type { Collector } from './collector.ts';
import { finishJob, removeIfEnded } from './finish-job.ts';
import { foldPart } from './fold-part.ts';
import { addFoldedPart } from './job-status.ts';
import { updatePartStatus } from './update-part-status.ts';

export interface NoticeMessage {
  readonly id: string;
  readonly notice: Notice;
}

/** Parts worked on at a time: a batch may tell of a hundred. */
const maxGroups = 8;

/**
 * Works on a batch of notices: joins them into the statuses of their parts, folds the parts that are complete, and finishes the
 * jobs of which every part is folded. Each step looks at the stored state first, so that duplicates, reordering, two
 * collectors at once and a crash after any step end in the same state.
 *
 * @returns ids of the messages to be delivered again
 */
export async function collect(collector: Collector, messages: readonly NoticeMessage[]): Promise<string[]> {
  const groups = [...Map.groupBy(messages, ({ notice: { job, part } }) => `${job}/${part ?? ''}`).values()];
  const failed = await mapConcurrently(groups, maxGroups, async (group): Promise<string[]> => {
    try {
      await collectGroup(
        collector,
        group.map(({ notice }) => notice),
      );
      return [];
    } catch (error) {
      const { job, part } = group[0]?.notice ?? {};
      collector.logger.error('to be delivered again', { job, part, messages: group.length, error });
      return group.map(({ id }) => id);
    }
  });
  return failed.flat();
}

/** Notices of one part, or about one whole job. */
async function collectGroup(collector: Collector, notices: readonly Notice[]): Promise<void> {
  const [first] = notices;
  if (first === undefined) return;
  const { job, part } = first;
  if (part === undefined) return finishJob(collector, job);

  const receiptNotices = notices.filter((notice): notice is ReceiptNotice => notice.kind === 'receipt');
  const check = receiptNotices.length < notices.length;
  const status = await updatePartStatus(collector, { job, part }, receiptNotices, check);
  if (status === undefined || !isComplete(status)) return;
  if (await removeIfEnded(collector, job)) return;
  await addFoldedPart(collector, await foldPart(collector, status));
  await finishJob(collector, job);
}
