import { wildcardPattern } from './wildcard.ts';

type Test = (value: string, expected: string) => boolean;

const equals: Test = (value, expected) => value === expected;
const like: Test = (value, expected) => wildcardPattern(expected).test(value);

/** AWS: a `*` in an ARN pattern stays within its colon-delimited part, the last part takes the rest. */
const arnLike: Test = (value, expected) => {
  const parts = splitArn(value);
  const patterns = splitArn(expected);
  return parts.length === patterns.length && patterns.every((pattern, i) => like(parts[i] ?? '', pattern));
};

const ARN_PARTS = 6;

function splitArn(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= ARN_PARTS ? parts : [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}

/** `negated` operators hold when the key is absent, the others do not. */
const operators: Readonly<Record<string, { test: Test; negated: boolean }>> = {
  StringEquals: { test: equals, negated: false },
  StringNotEquals: { test: equals, negated: true },
  StringLike: { test: like, negated: false },
  StringNotLike: { test: like, negated: true },
  ArnEquals: { test: arnLike, negated: false },
  ArnLike: { test: arnLike, negated: false },
  ArnNotEquals: { test: arnLike, negated: true },
  ArnNotLike: { test: arnLike, negated: true },
  Bool: { test: (value, expected) => value.toLowerCase() === expected.toLowerCase(), negated: false },
};

/**
 * Whether one operator of a Condition block holds for a request's context (keys in lower case).
 * Throws for an operator that is not in the table above: a policy must not silently mean something else here than on AWS.
 */
export function conditionHolds(
  operator: string,
  key: string,
  expected: readonly string[],
  context: Readonly<Record<string, string>>,
): boolean {
  const optional = operator.endsWith('IfExists');
  const known = operators[optional ? operator.slice(0, -'IfExists'.length) : operator];
  if (known === undefined) throw new Error(`IAM condition operator ${operator} is not supported`);
  const value = context[key.toLowerCase()];
  if (value === undefined) return optional || known.negated;
  return expected.some((candidate) => known.test(value, candidate)) !== known.negated;
}
