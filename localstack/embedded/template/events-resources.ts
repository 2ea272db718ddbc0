import { z } from 'zod';
import { physicalName } from './physical-name.ts';
import { inert, parseProperties } from './property.ts';
import type { Identity, ResolvedResource } from './property.ts';
import type { ReadContext } from './stack-model.ts';

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html: singular for 1, plural
 * above.
 */
const RATE_PATTERN = /^rate\((?:(?:1 (minute|hour|day))|(?:([2-9]|[1-9]\d+) (minute|hour|day)s))\)$/;

export const RuleSchema = z.strictObject({
  Name: z.string().optional(),
  ScheduleExpression: z
    .string()
    .regex(RATE_PATTERN, 'only rate(<n> minutes|hours|days) is supported by the embedded stack'),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  Targets: z
    .array(z.strictObject({ Id: z.string(), Arn: z.string(), Input: z.string().optional(), RetryPolicy: inert }))
    .optional(),
  Description: inert,
});

export function readRule(resource: ResolvedResource, { accountId, model, region }: ReadContext): Identity {
  const properties = parseProperties(RuleSchema, resource);
  const name = properties.Name ?? physicalName(model.stackName, resource.logicalId, 64);
  const ruleArn = `arn:aws:events:${region}:${accountId}:rule/${name}`;
  if (properties.State !== 'DISABLED') {
    const targets = (properties.Targets ?? []).map(({ Arn, Input }) => ({ functionArn: Arn, input: Input }));
    model.schedules.push({ ruleArn, periodMs: ratePeriodMs(properties.ScheduleExpression), targets });
  }
  return { ref: name, attributes: { Arn: ruleArn } };
}

function ratePeriodMs(expression: string): number {
  const [, single, count, plural] = RATE_PATTERN.exec(expression) ?? [];
  const unit = z.enum(['minute', 'hour', 'day']).parse(single ?? plural);
  return Number(count ?? 1) * UNIT_MS[unit];
}
