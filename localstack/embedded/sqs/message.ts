import { createHash } from 'node:crypto';
import { z } from 'zod';
import { invalidParameter, sqsError } from './errors.ts';

export const MessageAttributeSchema = z.object({
  /** `String`, `Number` or `Binary`, optionally with a custom suffix (`Number.int`). */
  dataType: z.string(),
  stringValue: z.string().optional(),
  /** Base64. */
  binaryValue: z.string().optional(),
});
export type MessageAttribute = Readonly<z.infer<typeof MessageAttributeSchema>>;

export interface OutgoingMessage {
  readonly body: string;
  readonly delayS?: number | undefined;
  readonly messageAttributes?: Readonly<Record<string, MessageAttribute>> | undefined;
  readonly messageGroupId?: string | undefined;
  /** X-Ray trace header: the system attribute AWSTraceHeader. */
  readonly traceHeader?: string | undefined;
  /** Who sends; the account by default. */
  readonly senderId?: string | undefined;
}

export interface QueueMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  /** System attributes: ApproximateReceiveCount, SentTimestamp, SenderId, MessageGroupId, … */
  readonly attributes: Record<string, string>;
  readonly messageAttributes: Record<string, MessageAttribute>;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
const MAX_ATTRIBUTES = 10;
const ATTRIBUTE_NAME = /^[A-Za-z0-9_-](?:[A-Za-z0-9_.-]{0,254}[A-Za-z0-9_-])?$/u;
const DATA_TYPE = /^(?:String|Number|Binary)(?:\..{1,248})?$/u;
const MAX_DELAY_S = 900;
/** #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

export function md5Hex(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** Bytes that count against the size limit: body and attributes (names, types and values). */
export function messageBytes(message: OutgoingMessage): number {
  return Object.entries(message.messageAttributes ?? {}).reduce(
    (sum, [name, attribute]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.dataType) + attributeValue(attribute).length,
    Buffer.byteLength(message.body),
  );
}

/** Throws for what SQS does not take; the size limit is the queue's and checked there. */
export function validateMessage(message: OutgoingMessage): void {
  const { body, delayS, messageAttributes = {}, messageGroupId } = message;
  if (body === '') throw sqsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (FORBIDDEN.test(body))
    throw sqsError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | …',
    );
  if (delayS !== undefined && (!Number.isInteger(delayS) || delayS < 0 || delayS > MAX_DELAY_S))
    throw invalidParameter(
      `Value ${delayS} for parameter DelaySeconds is invalid. Reason: must be 0 to ${MAX_DELAY_S}.`,
    );
  if (messageGroupId !== undefined && !/^[\u0021-\u007e]{1,128}$/u.test(messageGroupId))
    throw invalidParameter(
      'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    );
  const attributes = Object.entries(messageAttributes);
  if (attributes.length > MAX_ATTRIBUTES)
    throw invalidParameter(`Number of message attributes [${attributes.length}] exceeds the allowed maximum [10].`);
  for (const [name, attribute] of attributes) validateAttribute(name, attribute);
}

function validateAttribute(name: string, attribute: MessageAttribute): void {
  if (!ATTRIBUTE_NAME.test(name) || name.includes('..') || /^(?:aws|amazon)\./iu.test(name))
    throw invalidParameter(`Message (user) attribute name '${name}' is invalid.`);
  if (!DATA_TYPE.test(attribute.dataType))
    throw invalidParameter(`The message attribute '${name}' has an invalid type (given '${attribute.dataType}').`);
  if (attributeValue(attribute).length === 0)
    throw invalidParameter(`The message attribute '${name}' must contain a non-empty value.`);
  const isNumber = attribute.dataType === 'Number' || attribute.dataType.startsWith('Number.');
  if (isNumber && !/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/u.test(attribute.stringValue ?? ''))
    throw invalidParameter(`Can't cast the value of message attribute '${name}' to a number.`);
}

function isBinary(attribute: MessageAttribute): boolean {
  return attribute.dataType.startsWith('Binary');
}

function attributeValue(attribute: MessageAttribute): Buffer {
  return isBinary(attribute)
    ? Buffer.from(attribute.binaryValue ?? '', 'base64')
    : Buffer.from(attribute.stringValue ?? '');
}

const TRANSPORT_STRING = 1;
const TRANSPORT_BINARY = 2;

/**
 * MD5 of message attributes as SDKs check it; undefined when there are none.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function md5OfAttributes(attributes: Readonly<Record<string, MessageAttribute>>): string | undefined {
  const names = Object.keys(attributes).toSorted();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Uint8Array): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    add(Buffer.from(name));
    add(Buffer.from(attribute.dataType));
    hash.update(Buffer.of(isBinary(attribute) ? TRANSPORT_BINARY : TRANSPORT_STRING));
    add(attributeValue(attribute));
  }
  return hash.digest('hex');
}
