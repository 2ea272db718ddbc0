import { z } from 'zod';
import { invalidParameter } from '../errors.ts';
import { md5OfAttributes } from '../message.ts';
import type { MessageAttribute, QueueMessage } from '../message.ts';
import type { SqsAction } from '../request.ts';
import { QueueUrlSchema, toWireAttributes } from './shapes.ts';

const InputSchema = QueueUrlSchema.extend({
  MaxNumberOfMessages: z.number().nullish(),
  VisibilityTimeout: z.number().nullish(),
  WaitTimeSeconds: z.number().nullish(),
  AttributeNames: z.array(z.string()).nullish(),
  MessageSystemAttributeNames: z.array(z.string()).nullish(),
  MessageAttributeNames: z.array(z.string()).nullish(),
});

export const receiveMessage: SqsAction = async (request, queues) => {
  const input = request.input(InputSchema);
  const { arn } = request.queue(input.QueueUrl, 'sqs:ReceiveMessage', queues);
  const max = inRange('MaxNumberOfMessages', input.MaxNumberOfMessages, 1, 10) ?? 1;
  const waitS = inRange('WaitTimeSeconds', input.WaitTimeSeconds, 0, 20);
  const visibilityTimeoutS = inRange('VisibilityTimeout', input.VisibilityTimeout, 0, 43_200);
  const messages = await queues.receive(arn, {
    max,
    waitMs: waitS === undefined ? undefined : waitS * 1000,
    visibilityTimeoutS,
    signal: request.signal,
  });
  const systemNames = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const attributeNames = input.MessageAttributeNames ?? [];
  return messages.length === 0
    ? {}
    : { Messages: messages.map((message) => toWire(message, systemNames, attributeNames)) };
};

function toWire(message: QueueMessage, systemNames: readonly string[], attributeNames: readonly string[]): object {
  const system = Object.entries(message.attributes).filter(
    ([name]) => systemNames.includes('All') || systemNames.includes(name),
  );
  const attributes: Record<string, MessageAttribute> = Object.fromEntries(
    Object.entries(message.messageAttributes).filter(([name]) => isWanted(name, attributeNames)),
  );
  const hasAttributes = Object.keys(attributes).length > 0;
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: message.md5OfBody,
    Attributes: system.length === 0 ? undefined : Object.fromEntries(system),
    MessageAttributes: hasAttributes ? toWireAttributes(attributes) : undefined,
    MD5OfMessageAttributes: md5OfAttributes(attributes),
  };
}

/** `All`, `.*`, a name, or a prefix followed by `.*`. */
function isWanted(name: string, wanted: readonly string[]): boolean {
  return wanted.some(
    (pattern) =>
      pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2))),
  );
}

function inRange(name: string, value: number | null | undefined, min: number, max: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (!Number.isInteger(value) || value < min || value > max)
    throw invalidParameter(
      `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${min} and ${max}, if provided.`,
    );
  return value;
}
