import { z } from 'zod';
import { sqsError, unsupportedOperation } from './errors.ts';

/** Names, defaults and ranges: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const integers: Readonly<Record<string, { standard: number; min: number; max: number }>> = {
  DelaySeconds: { standard: 0, min: 0, max: 900 },
  MaximumMessageSize: { standard: 1_048_576, min: 1024, max: 1_048_576 },
  MessageRetentionPeriod: { standard: 345_600, min: 60, max: 1_209_600 },
  ReceiveMessageWaitTimeSeconds: { standard: 0, min: 0, max: 20 },
  VisibilityTimeout: { standard: 30, min: 0, max: 43_200 },
};

/** Stored and given back; the embedded stack neither encrypts nor evaluates queue policies. */
const inert: ReadonlySet<string> = new Set([
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'Policy',
  'RedriveAllowPolicy',
  'SqsManagedSseEnabled',
]);

const fifoOnly: ReadonlySet<string> = new Set([
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoQueue',
  'FifoThroughputLimit',
]);

const standardAttributes: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(integers).map(([name, { standard }]) => [name, String(standard)])),
  SqsManagedSseEnabled: 'true',
};

const RedrivePolicySchema = z.object({
  deadLetterTargetArn: z.string().min(1),
  maxReceiveCount: z.coerce.number().int().min(1).max(1000),
});
type RedrivePolicy = z.infer<typeof RedrivePolicySchema>;

/** The attributes that govern a queue's behaviour, in the units of their names. */
export interface QueueSettings {
  readonly delayS: number;
  readonly maximumMessageBytes: number;
  readonly retentionS: number;
  readonly receiveWaitS: number;
  readonly visibilityTimeoutS: number;
  readonly redrive: RedrivePolicy | undefined;
}

/** Throws InvalidAttributeName or InvalidAttributeValue; an empty policy removes the one that was there. */
export function validateAttributes(attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (fifoOnly.has(name)) throw unsupportedOperation(`The queue attribute ${name} (FIFO)`);
    const range = integers[name];
    if (range !== undefined) {
      const number = Number(value);
      if (!/^\d+$/u.test(value) || number < range.min || number > range.max)
        throw invalidValue(name, `${range.min} to ${range.max}`, value);
    } else if (name === 'RedrivePolicy') {
      if (value !== '') parseRedrivePolicy(value);
    } else if (!inert.has(name)) {
      throw sqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    }
  }
}

export function settingsOf(attributes: Readonly<Record<string, string>>): QueueSettings {
  const effective = withDefaults(attributes);
  const { RedrivePolicy: redrive = '' } = effective;
  return {
    delayS: Number(effective.DelaySeconds),
    maximumMessageBytes: Number(effective.MaximumMessageSize),
    retentionS: Number(effective.MessageRetentionPeriod),
    receiveWaitS: Number(effective.ReceiveMessageWaitTimeSeconds),
    visibilityTimeoutS: Number(effective.VisibilityTimeout),
    redrive: redrive === '' ? undefined : parseRedrivePolicy(redrive),
  };
}

export function withDefaults(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const given = Object.entries(attributes).filter(([, value]) => value !== '');
  return { ...standardAttributes, ...Object.fromEntries(given) };
}

function parseRedrivePolicy(value: string): RedrivePolicy {
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    throw invalidValue('RedrivePolicy', 'a JSON document', value);
  }
  const parsed = RedrivePolicySchema.safeParse(json);
  if (!parsed.success)
    throw invalidValue('RedrivePolicy', 'deadLetterTargetArn and maxReceiveCount (1 to 1000)', value);
  return parsed.data;
}

function invalidValue(name: string, wanted: string, given: string): Error {
  return sqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}: want ${wanted} (given ${given})`);
}
