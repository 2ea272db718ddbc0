import { parseJson } from '../../shared/core/parse-json.ts';
import { ShardSchema } from '../../shared/core/shard.ts';
import { sqsHandler } from '../../shared/middleware/sqs-handler.ts';
import { rescue } from './rescue.ts';
import type { Rescuer } from './rescuer.ts';

/** Lambda handler of the rescue queue. What is no shard fails, and so ends in the queue's own dead-letter queue, for a person. */
export function rescuerHandler(rescuer: Rescuer) {
  return sqsHandler(rescuer.logger, async (records) => {
    const failed: string[] = [];
    for (const { messageId, body, attributes } of records) {
      const shard = ShardSchema.safeParse(parseJson(body)).data;
      try {
        if (shard === undefined) throw new Error('the message is no shard that this version knows');
        await rescue(rescuer, shard, new Date(Number(attributes.SentTimestamp)));
      } catch (error) {
        rescuer.logger.error('not rescued', { message: messageId, job: shard?.job, shard: shard?.shard, error });
        failed.push(messageId);
      }
    }
    return failed;
  });
}
