import type { CheckNotice } from '../../shared/core/notice.ts';
import type { Splitter } from './splitter.ts';

/** Tells the collector that the plan is complete: it may have folded all parts already, or there are none. */
export async function askForCheck({ receiptsQueue }: Splitter, job: string): Promise<void> {
  const notice: CheckNotice = { v: 1, kind: 'check', job };
  await receiptsQueue.send([{ body: JSON.stringify(notice), groupId: job }]);
}
