import { z } from 'zod';
import { physicalName } from './physical-name.ts';
import { boolean, inert, integer, parseProperties } from './property.ts';
import type { Identity, ResolvedResource } from './property.ts';
import { refuseReservedVariables } from './reserved-variables.ts';
import type { FunctionModel, ReadContext } from './stack-model.ts';
import { TemplateError } from './template-error.ts';

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

export const FunctionSchema = z.strictObject({
  FunctionName: z.string().optional(),
  Runtime: z.literal('nodejs24.x'),
  Handler: z.string().regex(/^[^.]+\.[^.]+$/, 'must be <module>.<export>'),
  Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
  Role: z.string(),
  MemorySize: integer(128, 10_240).default(128),
  Timeout: integer(1, 900).default(3),
  Environment: z.strictObject({ Variables: z.record(z.string(), text).default({}) }).optional(),
  ReservedConcurrentExecutions: integer(0, 1000).optional(),
  RecursiveLoop: z.enum(['Allow', 'Terminate']).default('Terminate'),
  Architectures: inert,
  Description: inert,
  EphemeralStorage: inert,
  LoggingConfig: inert,
  Tags: inert,
});

export const EventSourceMappingSchema = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: integer(1, 10_000).default(10),
  MaximumBatchingWindowInSeconds: integer(0, 300).default(0),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.strictObject({ MaximumConcurrency: integer(2, 1000).optional() }).optional(),
  Enabled: boolean.default(true),
  Tags: inert,
});

export const PermissionSchema = z.strictObject({
  Action: inert,
  FunctionName: inert,
  Principal: inert,
  SourceAccount: inert,
  SourceArn: inert,
});

export function readFunction(resource: ResolvedResource, context: ReadContext): Identity {
  const properties = parseProperties(FunctionSchema, resource);
  const { accountId, model, region } = context;
  const environment = properties.Environment?.Variables ?? {};
  refuseReservedVariables(environment, `${resource.type} ${resource.logicalId}`);
  const name = properties.FunctionName ?? physicalName(model.stackName, resource.logicalId, 64);
  const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  model.functions.push({
    logicalId: resource.logicalId,
    name,
    arn,
    role: findRole(resource, properties.Role, context),
    codeDir: findCode(resource, properties.Code.S3Key, context),
    handler: properties.Handler,
    memorySizeMb: properties.MemorySize,
    timeoutS: properties.Timeout,
    environment,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    recursiveLoop: properties.RecursiveLoop,
  });
  return { ref: name, attributes: { Arn: arn } };
}

export function readEventSourceMapping(resource: ResolvedResource, { model }: ReadContext): Identity {
  const properties = parseProperties(EventSourceMappingSchema, resource);
  const where = `${resource.type} ${resource.logicalId}`;
  const target = model.functions.find(({ name, arn }) => [name, arn].includes(properties.FunctionName));
  const queue = model.queues.find(({ arn }) => arn === properties.EventSourceArn);
  if (target === undefined) throw new TemplateError(`${where}: property FunctionName: no such function in the stack`);
  if (queue === undefined) throw new TemplateError(`${where}: property EventSourceArn: no such queue in the stack`);
  refuseShortVisibility(where, queue.visibilityTimeoutS, target);
  if (properties.BatchSize > 10 && properties.MaximumBatchingWindowInSeconds < 1) {
    throw new TemplateError(`${where}: BatchSize above 10 needs a MaximumBatchingWindowInSeconds of at least 1`);
  }
  model.mappings.push({
    logicalId: resource.logicalId,
    queueArn: queue.arn,
    functionName: target.name,
    enabled: properties.Enabled,
    batchSize: properties.BatchSize,
    windowS: properties.MaximumBatchingWindowInSeconds,
    reportBatchItemFailures: properties.FunctionResponseTypes.includes('ReportBatchItemFailures'),
    maximumConcurrency: properties.ScalingConfig?.MaximumConcurrency,
  });
  return { ref: physicalName(model.stackName, resource.logicalId, 64), attributes: {} };
}

export function readPermission(resource: ResolvedResource): Identity {
  parseProperties(PermissionSchema, resource);
  return { ref: resource.logicalId, attributes: {} };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: AWS refuses such a mapping. */
function refuseShortVisibility(where: string, visibilityTimeoutS: number, target: FunctionModel): void {
  if (visibilityTimeoutS >= target.timeoutS) return;
  throw new TemplateError(
    `${where}: Queue visibility timeout: ${visibilityTimeoutS} seconds is less than Function timeout: ${target.timeoutS} seconds`,
  );
}

function findRole({ type, logicalId }: ResolvedResource, roleArn: string, { model }: ReadContext) {
  const role = model.roles.find(({ arn }) => arn === roleArn);
  if (role === undefined)
    throw new TemplateError(`${type} ${logicalId}: property Role: the stack has no role ${roleArn}`);
  return role;
}

function findCode({ type, logicalId }: ResolvedResource, assetKey: string, { assetDirs }: ReadContext): string {
  const dir = assetDirs.get(assetKey);
  if (dir !== undefined) return dir;
  throw new TemplateError(
    `${type} ${logicalId}: property Code.S3Key: the assembly has no unpacked zip asset ${assetKey}`,
  );
}
