import type { QueueMessage } from '../sqs/message.ts';

interface Source {
  readonly queueArn: string;
  readonly region: string;
}

/**
 * The event of a batch. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
 */
export function sqsEvent(messages: readonly QueueMessage[], source: Source): { Records: object[] } {
  return { Records: messages.map((message) => sqsRecord(message, source)) };
}

function sqsRecord(message: QueueMessage, { queueArn, region }: Source) {
  const messageAttributes = Object.entries(message.messageAttributes).map(([name, attribute]) => {
    const { stringValue, binaryValue, dataType } = attribute;
    return [name, { stringValue, binaryValue, stringListValues: [], binaryListValues: [], dataType }] as const;
  });
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: Object.fromEntries(messageAttributes),
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}
