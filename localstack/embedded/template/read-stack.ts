import type { StackAssembly, Template, TemplateResource } from './assembly.ts';
import { creationOrder } from './creation-order.ts';
import { NO_VALUE, resolveIntrinsics } from './intrinsics.ts';
import type { Scope } from './intrinsics.ts';
import type { Identity } from './property.ts';
import { IGNORED_TYPE, resourceTypes } from './resource-types.ts';
import type { ReadContext, StackModel } from './stack-model.ts';
import { TemplateError } from './template-error.ts';

/** Where the stack will live. */
export interface Site {
  readonly accountId: string;
  readonly region: string;
  readonly endpointUrl: string;
}

/**
 * Reads a stack's template completely before anything is created: names, ARNs and URLs follow from logical ids.
 * @throws TemplateError naming the resource and the property, for what is unknown here or refused by AWS
 */
export function readStack(
  assembly: StackAssembly,
  site: Site,
  parameters: Readonly<Record<string, string>> = {},
): StackModel {
  const { stackName, template, assetDirs } = assembly;
  const model: StackModel = {
    stackName,
    queues: [],
    buckets: [],
    roles: [],
    functions: [],
    mappings: [],
    schedules: [],
    eventRules: [],
    outputs: {},
  };
  const identities = new Map<string, Identity>();
  const context: ReadContext = { ...site, assetDirs, model };
  for (const name of Object.keys(parameters))
    if (template.Parameters?.[name] === undefined) throw new TemplateError(`the template has no parameter ${name}`);
  const scope = createScope(template, parameters, context, identities);
  const resources = Object.fromEntries(
    Object.entries(template.Resources).filter(([, resource]) => resource.Type !== IGNORED_TYPE),
  );
  for (const logicalId of creationOrder(resources)) {
    const resource = resources[logicalId];
    if (resource !== undefined) identities.set(logicalId, readResource(logicalId, resource, scope, context));
  }
  Object.assign(model.outputs, readOutputs(template, scope));
  return model;
}

function readResource(logicalId: string, resource: TemplateResource, scope: Scope, context: ReadContext): Identity {
  const { Type, Condition, Properties } = resource;
  const where = `${Type} ${logicalId}`;
  const type = resourceTypes[Type];
  if (type === undefined)
    throw new TemplateError(`${where}: this resource type is not supported by the embedded stack`);
  if (Condition !== undefined) throw new TemplateError(`${where}: conditions are not supported by the embedded stack`);
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(Properties ?? {})) {
    const resolved = resolveIntrinsics(value, scope, `${where}: property ${name}`);
    if (resolved !== NO_VALUE) properties[name] = resolved;
  }
  return type.read({ logicalId, type: Type, properties }, context);
}

function readOutputs(template: Template, scope: Scope): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, { Value, Condition }] of Object.entries(template.Outputs ?? {})) {
    if (Condition !== undefined)
      throw new TemplateError(`Output ${name}: conditions are not supported by the embedded stack`);
    outputs[name] = String(resolveIntrinsics(Value, scope, `Output ${name}`));
  }
  return outputs;
}

function createScope(
  template: Template,
  parameters: Readonly<Record<string, string>>,
  context: ReadContext,
  identities: ReadonlyMap<string, Identity>,
): Scope {
  const { accountId, region, model } = context;
  const pseudoParameters = new Map<string, unknown>([
    ['AWS::AccountId', accountId],
    ['AWS::NoValue', NO_VALUE],
    ['AWS::Partition', 'aws'],
    ['AWS::Region', region],
    ['AWS::StackName', model.stackName],
    ['AWS::URLSuffix', 'amazonaws.com'],
  ]);
  return {
    ref: (name) =>
      pseudoParameters.get(name) ??
      identities.get(name)?.ref ??
      parameters[name] ??
      parameterDefault(template.Parameters?.[name]),
    getAtt: (logicalId, attribute) => identities.get(logicalId)?.attributes[attribute],
  };
}

/** A parameter of type `AWS::SSM::Parameter::Value` has the name of the value as its default, not the value. */
function parameterDefault(parameter: { Type: string; Default?: unknown } | undefined): unknown {
  return parameter?.Type.startsWith('AWS::SSM::') === true ? undefined : parameter?.Default;
}
