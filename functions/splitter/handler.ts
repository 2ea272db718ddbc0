import { sqsHandler } from '../../shared/middleware/sqs-handler.ts';
import { split } from './split.ts';
import type { Splitter } from './splitter.ts';

/** Lambda handler of the uploads queue. */
export function splitterHandler(splitter: Splitter) {
  return sqsHandler(splitter.logger, async (records, context) => {
    const messages = records.map(({ messageId, body, attributes }) => ({
      id: messageId,
      body,
      redelivered: Number(attributes.ApproximateReceiveCount) > 1,
    }));
    return split(splitter, messages, () => context.getRemainingTimeInMillis());
  });
}
