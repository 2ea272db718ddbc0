import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { MessageQueue } from '../../shared/aws/message-queue.ts';
import type { StateStore } from '../../shared/aws/state-store.ts';

export interface QueueUrls {
  readonly uploads: string;
  readonly shards: string;
  readonly receipts: string;
  readonly rescue: string;
}

/** What the sweeper works with; made once for each execution environment. */
export interface Sweeper {
  readonly sqs: SQSClient;
  readonly queueUrls: QueueUrls;
  /** The results bucket. */
  readonly store: StateStore;
  readonly uploadsQueue: MessageQueue;
  readonly shardsQueue: MessageQueue;
  readonly receiptsQueue: MessageQueue;
  readonly logger: Logger;
  readonly now: () => Date;
}
