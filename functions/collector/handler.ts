import type { SQSRecord } from 'aws-lambda';
import { NoticeSchema, type Notice } from '../../shared/core/notice.ts';
import { parseJson } from '../../shared/core/parse-json.ts';
import { sqsHandler } from '../../shared/middleware/sqs-handler.ts';
import { collect, type NoticeMessage } from './collect.ts';
import type { Collector } from './collector.ts';

/** Lambda handler of the receipts queue. What cannot be read ends in the dead-letter queue, where it can be looked at. */
export function collectorHandler(collector: Collector) {
  return sqsHandler(collector.logger, async (records, context) => {
    const messages: NoticeMessage[] = [];
    const unreadable: string[] = [];
    for (const record of records) {
      const notice = parseNotice(record);
      if (notice === undefined) unreadable.push(record.messageId);
      else messages.push({ id: record.messageId, notice });
    }
    if (unreadable.length > 0) collector.logger.error('messages that are no notices', { messages: unreadable });
    return [...unreadable, ...(await collect(collector, messages, () => context.getRemainingTimeInMillis()))];
  });
}

function parseNotice({ body }: SQSRecord): Notice | undefined {
  return NoticeSchema.safeParse(parseJson(body)).data;
}
