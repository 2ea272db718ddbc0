import type { App } from 'aws-cdk-lib';
import { z } from 'zod';

const TemplateSchema = z.looseObject({
  Parameters: z.unknown().optional(),
  Conditions: z.unknown().optional(),
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DependsOn: z.array(z.string()).default([]),
      DeletionPolicy: z.string().optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })).default({}),
});

interface PlainResource {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: string | undefined;
}

/** A template for people: short names instead of logical ids, and intrinsics written as text such as `{UploadsQueue.Arn}`. */
export interface PlainTemplate {
  readonly sections: readonly string[];
  readonly resources: ReadonlyMap<string, PlainResource>;
  /** @throws Error listing all names when there is none of this name. */
  readonly resource: (name: string) => PlainResource;
  /** Names of the resources of a type. */
  readonly named: (type: string) => string[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Names of all intrinsic functions in it. */
  readonly intrinsics: ReadonlySet<string>;
}

export function plainTemplate(app: App, stackName: string): PlainTemplate {
  const raw: unknown = app.synth().getStackByName(stackName).template;
  const template = TemplateSchema.parse(raw);
  const intrinsics = new Set<string>();
  const plain = (value: unknown): unknown => toPlain(value, intrinsics);
  const entries = Object.entries(template.Resources).map(([id, resource]): [string, PlainResource] => [
    shortName(id),
    {
      type: resource.Type,
      properties: Object.fromEntries(Object.entries(resource.Properties).map(([key, value]) => [key, plain(value)])),
      dependsOn: resource.DependsOn.map(shortName),
      deletionPolicy: resource.DeletionPolicy,
    },
  ]);
  const outputs = Object.entries(template.Outputs).map(([name, { Value }]) => [name, plain(Value)] as const);
  const resources = new Map(entries);
  return {
    sections: Object.keys(template),
    resources,
    resource: (name) => {
      const found = resources.get(name);
      if (found === undefined) throw new Error(`no resource ${name} among ${[...resources.keys()].join(', ')}`);
      return found;
    },
    named: (type) => entries.filter(([, resource]) => resource.type === type).map(([name]) => name),
    outputs: Object.fromEntries(outputs),
    intrinsics,
  };
}

function toPlain(value: unknown, intrinsics: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => toPlain(item, intrinsics));
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
    intrinsics.add(name);
    return intrinsicText(name, toPlain(argument, intrinsics));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item, intrinsics)]));
}

function intrinsicText(name: string, argument: unknown): string {
  const JoinSchema = z.tuple([z.string(), z.array(z.string())]);
  if (name === 'Ref') return `{${shortName(z.string().parse(argument))}}`;
  if (name === 'Fn::GetAtt') return `{${z.array(z.string()).parse(argument).map(shortName).join('.')}}`;
  if (name === 'Fn::Sub') return z.string().parse(argument);
  if (name === 'Fn::Join') {
    const [separator, parts] = JoinSchema.parse(argument);
    return parts.join(separator);
  }
  throw new Error(`${name} is no intrinsic that the embedded stack knows`);
}

/** CDK appends eight hexadecimal digits; the construct's id is `Images` in every test. */
function shortName(logicalId: string): string {
  return logicalId.replace(/^Images/, '').replace(/[0-9A-F]{8}$/, '');
}
