import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { S3Client } from '@aws-sdk/client-s3';
import type { MessageQueue } from '../../shared/aws/message-queue.ts';
import type { StateStore } from '../../shared/aws/state-store.ts';
import type { EventSender } from '../../shared/core/events.ts';
import type { Pool } from './pool/pool.ts';
import type { UrlFetcher } from './url/fetch-url.ts';

/** What an execution environment keeps between invocations. */
export interface Processor {
  readonly s3: S3Client;
  readonly results: StateStore;
  /** For copies. */
  readonly shardsQueue: MessageQueue;
  /** For notices. */
  readonly receiptsQueue: MessageQueue;
  /** For the events of images; absent unless the deployment asks for them. */
  readonly imageEvents?: EventSender | undefined;
  readonly pool: Pool;
  /** Absent where the deployment names no hosts. */
  readonly fetchUrl?: UrlFetcher | undefined;
  /** Random name, for the timeline. */
  readonly environment: string;
  /** Parent of each delivery's scratch directory. */
  readonly temporaryDirectory: string;
  /** Images under way at once; those that no worker renders are being downloaded or uploaded. */
  readonly lanes: number;
  /** For one image in a worker. Well below the function's timeout: else a slow image could not be told from a late one. */
  readonly imageTimeoutMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A thumbnail takes a worker 20 ms, and S3 about 120 ms to be read and written: fewer lanes would leave the worker waiting. */
const lanesPerWorker = 8;

export function lanesFor(workers: number): number {
  return lanesPerWorker * workers;
}

/** Half of the function's timeout: whatever starts first in a fresh delivery can use all of it. */
export function imageTimeoutMsFor(functionTimeoutS: number): number {
  return functionTimeoutS * 500;
}
