import type { Logger } from '@aws-lambda-powertools/logger';
import type { S3Client } from '@aws-sdk/client-s3';
import type { MessageQueue } from '../../shared/aws/message-queue.ts';
import type { StateStore } from '../../shared/aws/state-store.ts';
import type { CostBasis } from '../../shared/core/cost/job-cost.ts';
import type { Deployment } from '../../shared/core/deployment.ts';

/** What the splitter works with; made once for each execution environment. */
export interface Splitter {
  readonly s3: S3Client;
  /** The results bucket. */
  readonly store: StateStore;
  readonly uploadsBucket: string;
  /** Buckets beside the uploads bucket whose objects a manifest may name. */
  readonly sourceBuckets: readonly string[];
  /** Hosts whose https URLs a manifest may name. */
  readonly urlHosts: readonly string[];
  readonly uploadsQueue: MessageQueue;
  readonly shardsQueue: MessageQueue;
  readonly receiptsQueue: MessageQueue;
  readonly deployment: Deployment;
  /** For budgets. */
  readonly costBasis: CostBasis;
  readonly logger: Logger;
}

/** Milliseconds until Lambda ends the invocation. */
export type RemainingMs = () => number;
