import { z } from 'zod';
import { AwsError } from '../../aws-error.ts';
import { queryCode, sqsError } from '../errors.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MAX_ENTRIES = 10;

/** The input of a batch action. */
export function batchSchema<T extends z.ZodRawShape>(entry: T) {
  return z.object({ QueueUrl: z.string(), Entries: z.array(z.object({ Id: z.string(), ...entry })) });
}

/** Throws for a batch that SQS refuses as a whole. */
export function requireBatch(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0)
    throw sqsError('EmptyBatchRequest', 'There should be at least one SendMessageBatchRequestEntry in the request.');
  if (entries.length > MAX_ENTRIES)
    throw sqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  const ids = entries.map((entry) => entry.Id);
  const invalid = ids.find((id) => !/^[A-Za-z0-9_-]{1,80}$/u.test(id));
  if (invalid !== undefined)
    throw sqsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  if (new Set(ids).size < ids.length)
    throw sqsError('BatchEntryIdsNotDistinct', `Two or more batch entries in the request have the same Id.`);
}

interface BatchResult {
  readonly Successful: { readonly Id: string }[];
  readonly Failed: unknown[] | undefined;
}

/** Does each entry for itself: one that fails is listed and leaves the others alone. */
export function eachEntry<T extends { readonly Id: string }>(
  entries: readonly T[],
  work: (entry: T) => object,
): BatchResult {
  const results = entries.map((entry) => {
    try {
      return { successful: { Id: entry.Id, ...work(entry) } };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return {
        failed: { Id: entry.Id, Code: queryCode(error.code), Message: error.message, SenderFault: error.status < 500 },
      };
    }
  });
  const failed = results.flatMap((result) => (result.failed === undefined ? [] : [result.failed]));
  return {
    Successful: results.flatMap((result) => (result.successful === undefined ? [] : [result.successful])),
    Failed: failed.length === 0 ? undefined : failed,
  };
}
