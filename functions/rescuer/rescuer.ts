import type { Logger } from '@aws-lambda-powertools/logger';
import type { MessageQueue } from '../../shared/aws/message-queue.ts';
import type { StateStore } from '../../shared/aws/state-store.ts';

/** What the rescuer works with; made once for each execution environment. */
export interface Rescuer {
  /** The results bucket. */
  readonly store: StateStore;
  readonly shardsQueue: MessageQueue;
  readonly receiptsQueue: MessageQueue;
  readonly logger: Logger;
  readonly now: () => Date;
}
