import { z } from 'zod';
import { TemplateError } from './template-error.ts';

/** A resource of the template, its intrinsics resolved. */
export interface ResolvedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What other resources can learn of one: the value of its `Ref` and of its `Fn::GetAtt` attributes. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A property that is accepted and has no effect here; `localstack/scope.md` lists them. */
export const inert = z.unknown().optional().meta({ description: 'inert' });

/** CloudFormation takes numbers and booleans as text, too. */
export function integer(min: number, max: number) {
  return z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.number().int().min(min).max(max));
}

export const boolean = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

/** @throws TemplateError naming the type, the logical id and each property that is unknown or out of range */
export function parseProperties<T>(schema: z.ZodType<T>, { type, logicalId, properties }: ResolvedResource): T {
  const result = schema.safeParse(properties);
  if (result.success) return result.data;
  const complaints = result.error.issues.map((issue) => describeIssue(issue));
  throw new TemplateError(`${type} ${logicalId}: ${complaints.join('; ')}`, { cause: result.error });
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return `property ${propertyPath(issue.path)}: ${issue.message}`;
  const paths = issue.keys.map((key) => propertyPath([...issue.path, key]));
  return `property ${paths.join(', ')} is not supported by the embedded stack`;
}

function propertyPath(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}
