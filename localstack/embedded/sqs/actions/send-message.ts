import type { z } from 'zod';
import { AwsError } from '../../aws-error.ts';
import { appearances } from '../../faults/message-faults.ts';
import { invalidParameter, sqsError } from '../errors.ts';
import { md5Hex, md5OfAttributes, messageBytes } from '../message.ts';
import type { OutgoingMessage } from '../message.ts';
import type { QueueRef, Queues } from '../queues.ts';
import type { SqsAction, SqsRequest } from '../request.ts';
import { batchSchema, eachEntry, requireBatch } from './batch.ts';
import { OutgoingSchema, QueueUrlSchema } from './shapes.ts';

/** All messages of a batch together, since August 2025. */
const MAX_BATCH_BYTES = 1_048_576;

const SendInputSchema = OutgoingSchema.extend(QueueUrlSchema.shape);
const BatchInputSchema = batchSchema(OutgoingSchema.shape);

export const sendMessage: SqsAction = (request, queues) => {
  const input = request.input(SendInputSchema);
  return send(request.queue(input.QueueUrl, 'sqs:SendMessage', queues), input, request, queues);
};

export const sendMessageBatch: SqsAction = (request, queues) => {
  const { QueueUrl, Entries } = request.input(BatchInputSchema);
  const queue = request.queue(QueueUrl, 'sqs:SendMessage', queues);
  requireBatch(Entries);
  const bytes = Entries.reduce((sum, entry) => sum + messageBytes(outgoing(entry, request)), 0);
  if (bytes > MAX_BATCH_BYTES)
    throw sqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
  const unreported = new Set<string>();
  const result = queues.together(() =>
    eachEntry(Entries, (entry) => {
      const { isSent, isReported } = entryFate(queue, request);
      if (!isReported) unreported.add(entry.Id);
      return isSent ? send(queue, entry, request, queues) : {};
    }),
  );
  return { ...result, Successful: result.Successful.filter(({ Id }) => !unreported.has(Id)) };
};

/**
 * Whether a fault keeps an entry from being sent, or its sending from being told of.
 * @throws AwsError for an entry that is listed in `Failed`
 */
function entryFate({ name }: QueueRef, { faults }: SqsRequest): { isSent: boolean; isReported: boolean } {
  const subject = { what: name, name: '' };
  if (faults?.strike('entry-failed', subject) !== undefined)
    throw new AwsError('InternalError', 500, 'We encountered an internal error. Please try again.');
  const unreported = faults?.strike('entry-unreported', subject);
  return { isSent: unreported === undefined || unreported.amount('sent') < 0.5, isReported: unreported === undefined };
}

type Outgoing = z.infer<typeof OutgoingSchema>;

function send(queue: QueueRef, input: Outgoing, request: SqsRequest, queues: Queues): Record<string, unknown> {
  if (input.MessageDeduplicationId)
    throw invalidParameter(
      'The request include parameter that is not valid for this queue type: MessageDeduplicationId',
    );
  const message = outgoing(input, request);
  const { faults } = request;
  const whenMs = faults === undefined ? [0] : appearances(faults, 'message', { what: queue.name, name: '' });
  const MessageId = queues.send(queue.arn, message, whenMs);
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
