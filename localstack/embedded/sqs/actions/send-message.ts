import type { z } from 'zod';
import { invalidParameter, sqsError } from '../errors.ts';
import { md5Hex, md5OfAttributes, messageBytes } from '../message.ts';
import type { OutgoingMessage } from '../message.ts';
import type { Queues } from '../queues.ts';
import type { SqsAction, SqsRequest } from '../request.ts';
import { batchSchema, eachEntry, requireBatch } from './batch.ts';
import { OutgoingSchema, QueueUrlSchema } from './shapes.ts';

/** All messages of a batch together, since August 2025. */
const MAX_BATCH_BYTES = 1_048_576;

const SendInputSchema = OutgoingSchema.extend(QueueUrlSchema.shape);
const BatchInputSchema = batchSchema(OutgoingSchema.shape);

export const sendMessage: SqsAction = (request, queues) => {
  const input = request.input(SendInputSchema);
  const { arn } = request.queue(input.QueueUrl, 'sqs:SendMessage', queues);
  return send(arn, input, request, queues);
};

export const sendMessageBatch: SqsAction = (request, queues) => {
  const { QueueUrl, Entries } = request.input(BatchInputSchema);
  const { arn } = request.queue(QueueUrl, 'sqs:SendMessage', queues);
  requireBatch(Entries);
  const bytes = Entries.reduce((sum, entry) => sum + messageBytes(outgoing(entry, request)), 0);
  if (bytes > MAX_BATCH_BYTES)
    throw sqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
  return queues.together(() => eachEntry(Entries, (entry) => send(arn, entry, request, queues)));
};

type Outgoing = z.infer<typeof OutgoingSchema>;

function send(arn: string, input: Outgoing, request: SqsRequest, queues: Queues): Record<string, unknown> {
  if (input.MessageDeduplicationId)
    throw invalidParameter(
      'The request include parameter that is not valid for this queue type: MessageDeduplicationId',
    );
  const message = outgoing(input, request);
  const MessageId = queues.send(arn, message);
  return {
    MessageId,
    MD5OfMessageBody: md5Hex(message.body),
    MD5OfMessageAttributes: md5OfAttributes(input.MessageAttributes),
    MD5OfMessageSystemAttributes: md5OfAttributes(input.MessageSystemAttributes),
  };
}

function outgoing(input: Outgoing, request: SqsRequest): OutgoingMessage {
  return {
    body: input.MessageBody,
    delayS: input.DelaySeconds ?? undefined,
    messageAttributes: input.MessageAttributes,
    messageGroupId: input.MessageGroupId ?? undefined,
    traceHeader: input.MessageSystemAttributes.AWSTraceHeader?.stringValue ?? request.traceHeader,
    senderId: request.senderId,
  };
}
