import { z } from 'zod';
import { conditionHolds } from './conditions.ts';
import { wildcardPattern } from './wildcard.ts';

const stringOrStrings = z.union([z.string(), z.array(z.string())]);

const StatementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: stringOrStrings.optional(),
  NotAction: stringOrStrings.optional(),
  Resource: stringOrStrings.optional(),
  NotResource: stringOrStrings.optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.union([stringOrStrings, z.boolean()]))).optional(),
});

/** An identity policy document, as CloudFormation and IAM write it. */
export const PolicyDocumentSchema = z.object({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.union([StatementSchema, z.array(StatementSchema)]),
});

export type PolicyDocument = z.infer<typeof PolicyDocumentSchema>;
type Statement = z.infer<typeof StatementSchema>;

export interface AccessRequest {
  /** `s3:PutObject` */
  readonly action: string;
  /** ARN of what is acted upon. */
  readonly resource: string;
  /** Condition keys in lower case: `s3:prefix`, `aws:principalarn`, … */
  readonly context?: Readonly<Record<string, string>> | undefined;
}

export type Decision = 'allow' | 'explicit-deny' | 'implicit-deny';

/**
 * Evaluates identity policies as IAM does: an explicit deny wins, nothing said is a deny.
 * Throws on what it cannot judge (unknown condition operators, policy variables).
 */
export function evaluate(policies: readonly PolicyDocument[], request: AccessRequest): Decision {
  const effects = policies
    .flatMap((policy) => policy.Statement)
    .filter((statement) => applies(statement, request))
    .map((statement) => statement.Effect);
  if (effects.includes('Deny')) return 'explicit-deny';
  return effects.includes('Allow') ? 'allow' : 'implicit-deny';
}

function applies(statement: Statement, request: AccessRequest): boolean {
  return (
    concerns(statement.Action, statement.NotAction, request.action, 'i') &&
    concerns(statement.Resource, statement.NotResource, request.resource, '') &&
    conditionsHold(statement.Condition, request.context ?? {})
  );
}

function concerns(
  patterns: string | readonly string[] | undefined,
  exceptions: string | readonly string[] | undefined,
  value: string,
  flags: string,
): boolean {
  const matches = (pattern: string): boolean => wildcardPattern(pattern, flags).test(value);
  if (patterns !== undefined) return [patterns].flat().some(matches);
  return exceptions !== undefined && ![exceptions].flat().some(matches);
}

function conditionsHold(
  condition: NonNullable<Statement['Condition']> | undefined,
  context: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) =>
      conditionHolds(operator, key, [expected].flat().map(String), context),
    ),
  );
}
