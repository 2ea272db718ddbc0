import { z } from 'zod';
import { PolicyDocumentSchema } from '../iam/policy.ts';
import { physicalName } from './physical-name.ts';
import { inert, parseProperties } from './property.ts';
import type { Identity, ResolvedResource } from './property.ts';
import type { ReadContext } from './stack-model.ts';
import { TemplateError } from './template-error.ts';

const inlinePolicy = { PolicyName: z.string(), PolicyDocument: PolicyDocumentSchema };

export const RoleSchema = z.strictObject({
  RoleName: z.string().optional(),
  ManagedPolicyArns: z.array(z.string()).optional(),
  Policies: z.array(z.strictObject(inlinePolicy)).optional(),
  AssumeRolePolicyDocument: inert,
  Description: inert,
  Tags: inert,
});

export const PolicySchema = z.strictObject({ ...inlinePolicy, Roles: z.array(z.string()) });

/** It allows CloudWatch Logs only, which the embedded stack has no API for: function logs are files. */
const KNOWN_MANAGED_POLICY = /^arn:aws:iam::aws:policy\/service-role\/AWSLambdaBasicExecutionRole$/;

export function readRole(resource: ResolvedResource, { accountId, model }: ReadContext): Identity {
  const properties = parseProperties(RoleSchema, resource);
  for (const arn of properties.ManagedPolicyArns ?? []) {
    if (KNOWN_MANAGED_POLICY.test(arn)) continue;
    throw new TemplateError(
      `${resource.type} ${resource.logicalId}: property ManagedPolicyArns: unknown policy ${arn}`,
    );
  }
  const name = properties.RoleName ?? physicalName(model.stackName, resource.logicalId, 64);
  const arn = `arn:aws:iam::${accountId}:role/${name}`;
  model.roles.push({ name, arn, policies: (properties.Policies ?? []).map((policy) => policy.PolicyDocument) });
  return { ref: name, attributes: { Arn: arn } };
}

export function readPolicy(resource: ResolvedResource, { model }: ReadContext): Identity {
  const { PolicyDocument, PolicyName, Roles } = parseProperties(PolicySchema, resource);
  for (const roleName of Roles) {
    const role = model.roles.find(({ name }) => name === roleName);
    if (role === undefined) {
      throw new TemplateError(
        `${resource.type} ${resource.logicalId}: property Roles: the stack has no role ${roleName}`,
      );
    }
    role.policies.push(PolicyDocument);
  }
  return { ref: PolicyName, attributes: {} };
}
