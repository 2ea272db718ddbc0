import { z } from 'zod';
import type { QueueConfiguration } from '../s3/notifications.ts';
import { physicalName } from './physical-name.ts';
import { inert, parseProperties } from './property.ts';
import type { Identity, ResolvedResource } from './property.ts';
import type { ReadContext } from './stack-model.ts';

const FilterSchema = z.strictObject({
  S3Key: z.strictObject({
    Rules: z.array(z.strictObject({ Name: z.enum(['prefix', 'suffix']), Value: z.string() })),
  }),
});

const QueueConfigurationSchema = z.strictObject({
  Event: z.string(),
  Queue: z.string(),
  Filter: FilterSchema.optional(),
});

export const BucketSchema = z.strictObject({
  BucketName: z.string().optional(),
  NotificationConfiguration: z
    .strictObject({ QueueConfigurations: z.array(QueueConfigurationSchema).optional() })
    .optional(),
  BucketEncryption: inert,
  LifecycleConfiguration: inert,
  OwnershipControls: inert,
  PublicAccessBlockConfiguration: inert,
  Tags: inert,
});

export const BucketPolicySchema = z.strictObject({ Bucket: inert, PolicyDocument: inert });

export function readBucket(resource: ResolvedResource, { model, region }: ReadContext): Identity {
  const properties = parseProperties(BucketSchema, resource);
  const name = properties.BucketName ?? physicalName(model.stackName, resource.logicalId, 63).toLowerCase();
  const configurations = properties.NotificationConfiguration?.QueueConfigurations ?? [];
  model.buckets.push({ name, notifications: { queueConfigurations: configurations.map(toQueueConfiguration) } });
  const attributes = {
    Arn: `arn:aws:s3:::${name}`,
    DomainName: `${name}.s3.amazonaws.com`,
    RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
  };
  return { ref: name, attributes };
}

export function readBucketPolicy(resource: ResolvedResource): Identity {
  parseProperties(BucketPolicySchema, resource);
  return { ref: resource.logicalId, attributes: {} };
}

function toQueueConfiguration({ Event, Queue, Filter }: z.infer<typeof QueueConfigurationSchema>): QueueConfiguration {
  const valueOf = (name: string) => Filter?.S3Key.Rules.find((rule) => rule.Name === name)?.Value;
  return { queueArn: Queue, events: [Event], prefix: valueOf('prefix'), suffix: valueOf('suffix') };
}
