import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Message, ReceiveMessageCommandInput, SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';

/** A queue made with the SDK, and the everyday calls on it. */
export async function queueOf(sqs: SQSClient, QueueName: string, Attributes: Record<string, string> = {}) {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const attributes = async (): Promise<Record<string, string>> => {
    const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return answer.Attributes ?? {};
  };
  return {
    QueueUrl,
    arn: (await attributes()).QueueArn ?? '',
    attributes,
    send: async (MessageBody: string, options: Partial<SendMessageCommandInput> = {}) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...options })),
    receive: async (options: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> => {
      const answer = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
          ...options,
        }),
      );
      return answer.Messages ?? [];
    },
  };
}
