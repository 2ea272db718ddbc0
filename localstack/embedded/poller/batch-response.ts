import { z } from 'zod';
import type { InvokeResult } from '../lambda/invocation.ts';

/** `null`, or an object in which nothing but the list counts. */
const EventResponseSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullable();

/**
 * Which messages of a batch failed, as AWS judges a function's response:
 *
 * | response                                                                      | failed          |
 * |-------------------------------------------------------------------------------|-----------------|
 * | function error (thrown, timed out, exited)                                    | all             |
 * | anything else, without ReportBatchItemFailures                                | none            |
 * | with it: `null`, `""`, an object without the list; list empty or `null`       | none            |
 * | list of known message ids                                                     | those           |
 * | invalid JSON; list is no list; item id `""`, `null`, under another key or unknown | all         |
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#sqs-batchfailurereporting-conditions
 * AWS does not say what other JSON (numbers, lists, other texts) does; here it fails, because nothing may get lost.
 */
export function failedMessageIds(
  result: InvokeResult,
  messageIds: readonly string[],
  reportBatchItemFailures: boolean,
): ReadonlySet<string> {
  const none = new Set<string>();
  const all = new Set(messageIds);
  if (result.functionError !== undefined) return all;
  if (!reportBatchItemFailures) return none;
  const response = parseJson(result.payload);
  if (response === '') return none;
  const parsed = EventResponseSchema.safeParse(response);
  if (!parsed.success) return all;
  const failed = new Set(parsed.data?.batchItemFailures?.map((item) => item.itemIdentifier) ?? []);
  return failed.isSubsetOf(all) ? failed : all;
}

/** Undefined, which no JSON text means, for what is not JSON. */
function parseJson(text: string): unknown {
  if (text === '') return '';
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
