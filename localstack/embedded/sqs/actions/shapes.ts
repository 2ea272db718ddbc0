import { z } from 'zod';
import { invalidParameter } from '../errors.ts';
import type { MessageAttribute } from '../message.ts';

/** MessageAttributeValue as clients send and get it. */
const WireAttributeSchema = z.object({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});

const WireAttributesSchema = z
  .record(z.string(), WireAttributeSchema)
  .nullish()
  .transform((attributes) =>
    Object.fromEntries(
      Object.entries(attributes ?? {}).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        { dataType: DataType, stringValue: StringValue, binaryValue: BinaryValue } satisfies MessageAttribute,
      ]),
    ),
  );

export function toWireAttributes(attributes: Readonly<Record<string, MessageAttribute>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      { DataType: dataType, StringValue: stringValue, BinaryValue: binaryValue },
    ]),
  );
}

/** AWSTraceHeader is the only system attribute that may be sent. */
const SystemAttributesSchema = WireAttributesSchema.transform((attributes) => {
  const { AWSTraceHeader, ...others } = attributes;
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalidParameter(`Message system attribute name '${other}' is invalid.`);
  return AWSTraceHeader === undefined ? {} : { AWSTraceHeader };
});

export const QueueUrlSchema = z.object({ QueueUrl: z.string() });

export const OutgoingSchema = z.object({
  MessageBody: z.string(),
  DelaySeconds: z.number().nullish(),
  MessageAttributes: WireAttributesSchema,
  MessageSystemAttributes: SystemAttributesSchema,
  MessageGroupId: z.string().nullish(),
  MessageDeduplicationId: z.string().nullish(),
});
