import { z } from 'zod';
import { physicalName } from './physical-name.ts';
import { inert, integer, parseProperties } from './property.ts';
import type { Identity, ResolvedResource } from './property.ts';
import type { ReadContext } from './stack-model.ts';

const DEFAULT_VISIBILITY_TIMEOUT_S = 30;

export const QueueSchema = z.strictObject({
  QueueName: z.string().optional(),
  DelaySeconds: integer(0, 900).optional(),
  MessageRetentionPeriod: integer(60, 1_209_600).optional(),
  ReceiveMessageWaitTimeSeconds: integer(0, 20).optional(),
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: integer(1, 1000) }).optional(),
  VisibilityTimeout: integer(0, 43_200).optional(),
  SqsManagedSseEnabled: inert,
  Tags: inert,
});

export const QueuePolicySchema = z.strictObject({ Queues: inert, PolicyDocument: inert });

export function readQueue(resource: ResolvedResource, context: ReadContext): Identity {
  const properties = parseProperties(QueueSchema, resource);
  const { accountId, endpointUrl, model, region } = context;
  const name = properties.QueueName ?? physicalName(model.stackName, resource.logicalId, 80);
  const arn = `arn:aws:sqs:${region}:${accountId}:${name}`;
  const url = `${endpointUrl}/${accountId}/${name}`;
  model.queues.push({
    name,
    arn,
    attributes: queueAttributes(properties),
    visibilityTimeoutS: properties.VisibilityTimeout ?? DEFAULT_VISIBILITY_TIMEOUT_S,
  });
  return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
}

export function readQueuePolicy(resource: ResolvedResource): Identity {
  parseProperties(QueuePolicySchema, resource);
  return { ref: resource.logicalId, attributes: {} };
}

function queueAttributes(properties: z.infer<typeof QueueSchema>): Record<string, string> {
  const { DelaySeconds, MessageRetentionPeriod, ReceiveMessageWaitTimeSeconds, RedrivePolicy, VisibilityTimeout } =
    properties;
  const given = Object.entries({
    DelaySeconds,
    MessageRetentionPeriod,
    ReceiveMessageWaitTimeSeconds,
    VisibilityTimeout,
    RedrivePolicy: RedrivePolicy === undefined ? undefined : JSON.stringify(RedrivePolicy),
  });
  return Object.fromEntries(given.flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])));
}
