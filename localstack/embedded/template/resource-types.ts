import { z } from 'zod';
import { readRule, RuleSchema } from './events-resources.ts';
import { PolicySchema, readPolicy, readRole, RoleSchema } from './iam-resources.ts';
import {
  EventSourceMappingSchema,
  FunctionSchema,
  PermissionSchema,
  readEventSourceMapping,
  readFunction,
  readPermission,
} from './lambda-resources.ts';
import { physicalName } from './physical-name.ts';
import { inert, parseProperties } from './property.ts';
import type { Identity, ResolvedResource } from './property.ts';
import { BucketPolicySchema, BucketSchema, readBucket, readBucketPolicy } from './s3-resources.ts';
import { QueuePolicySchema, QueueSchema, readQueue, readQueuePolicy } from './sqs-resources.ts';
import type { ReadContext } from './stack-model.ts';

export interface ResourceType {
  /** Every property is either given a meaning here or `inert`; any other is an error. */
  readonly properties: z.ZodObject;
  /** Adds the resource to the model. */
  read(resource: ResolvedResource, context: ReadContext): Identity;
}

const LogGroupSchema = z.strictObject({ LogGroupName: z.string().optional(), RetentionInDays: inert, Tags: inert });

function readLogGroup(resource: ResolvedResource, { accountId, model, region }: ReadContext): Identity {
  const { LogGroupName } = parseProperties(LogGroupSchema, resource);
  const name = LogGroupName ?? physicalName(model.stackName, resource.logicalId, 512);
  return { ref: name, attributes: { Arn: `arn:aws:logs:${region}:${accountId}:log-group:${name}:*` } };
}

/** Every resource type the embedded stack knows. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  'AWS::Events::Rule': { properties: RuleSchema, read: readRule },
  'AWS::IAM::Policy': { properties: PolicySchema, read: readPolicy },
  'AWS::IAM::Role': { properties: RoleSchema, read: readRole },
  'AWS::Lambda::EventSourceMapping': { properties: EventSourceMappingSchema, read: readEventSourceMapping },
  'AWS::Lambda::Function': { properties: FunctionSchema, read: readFunction },
  'AWS::Lambda::Permission': { properties: PermissionSchema, read: readPermission },
  'AWS::Logs::LogGroup': { properties: LogGroupSchema, read: readLogGroup },
  'AWS::S3::Bucket': { properties: BucketSchema, read: readBucket },
  'AWS::S3::BucketPolicy': { properties: BucketPolicySchema, read: readBucketPolicy },
  'AWS::SQS::Queue': { properties: QueueSchema, read: readQueue },
  'AWS::SQS::QueuePolicy': { properties: QueuePolicySchema, read: readQueuePolicy },
};

/** CDK's record of its own version: left out altogether, with the condition it may carry. */
export const IGNORED_TYPE = 'AWS::CDK::Metadata';
