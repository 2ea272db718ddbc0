import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

/** What a stage does with the records of one invocation. Returns the ids of messages to be delivered again; a throw means all of them. */
export type BatchWork = (records: readonly SQSRecord[], context: Context) => Promise<readonly string[]>;

/**
 * The Lambda mechanics of every SQS stage in one place, so that no stage builds a response itself: Lambda takes any answer
 * of the wrong shape for success or failure of the whole batch (field note 21).
 */
export function sqsHandler(logger: Logger, work: BatchWork) {
  // Off: middy's own answer shortly before the timeout would leave the work running in an environment that stays alive.
  return middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async (event, context) => {
      const failed = await work(event.Records, context);
      return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
    });
}
