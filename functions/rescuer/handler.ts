import { parseDocument } from '../../shared/core/parse-document.ts';
import { ShardSchema } from '../../shared/core/shard.ts';
import { sqsHandler } from '../../shared/middleware/sqs-handler.ts';
import { rescue } from './rescue.ts';
import type { Rescuer } from './rescuer.ts';

/** Lambda handler of the rescue queue. What is no shard fails, and so ends in the queue's own dead-letter queue, for a person. */
export function rescuerHandler(rescuer: Rescuer) {
  return sqsHandler(rescuer.logger, async (records) => {
    const failed: string[] = [];
    for (const { messageId, body, attributes } of records) {
      try {
        const shard = parseDocument(ShardSchema, body, 'the message');
        await rescue(rescuer, shard, new Date(Number(attributes.SentTimestamp)));
      } catch (error) {
        rescuer.logger.error('not rescued', { message: messageId, error });
        failed.push(messageId);
      }
    }
    return failed;
  });
}
