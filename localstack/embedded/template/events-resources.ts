import { z } from 'zod';
import { EventPatternError, parseEventPattern } from '../events/event-pattern.ts';
import type { EventPattern } from '../events/event-pattern.ts';
import { physicalName } from './physical-name.ts';
import { inert, parseProperties } from './property.ts';
import type { Identity, ResolvedResource } from './property.ts';
import type { ReadContext } from './stack-model.ts';
import { TemplateError } from './template-error.ts';

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
    .regex(RATE_PATTERN, 'only rate(<n> minutes|hours|days) is supported by the embedded stack')
    .optional(),
  EventPattern: z.unknown().optional(),
  EventBusName: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  Targets: z
    .array(
      z.strictObject({
        Id: z.string(),
        Arn: z.string(),
        Input: z.string().optional(),
        InputPath: z
          .string()
          .regex(/^\$(?:\.[\w-]+)*$/, 'only $ and $.name.name… are supported by the embedded stack')
          .optional(),
        RetryPolicy: inert,
      }),
    )
    .optional(),
  Description: inert,
});

export function readRule(resource: ResolvedResource, { accountId, model, region }: ReadContext): Identity {
  const properties = parseProperties(RuleSchema, resource);
  const name = properties.Name ?? physicalName(model.stackName, resource.logicalId, 64);
  const ruleArn = `arn:aws:events:${region}:${accountId}:rule/${name}`;
  const { EventBusName = 'default', EventPattern, ScheduleExpression, State, Targets = [] } = properties;
  const where = `${resource.type} ${resource.logicalId}`;
  if (!['default', `arn:aws:events:${region}:${accountId}:event-bus/default`].includes(EventBusName))
    throw new TemplateError(`${where}: property EventBusName: only the default event bus is supported`);
  if (EventPattern === undefined && ScheduleExpression === undefined)
    throw new TemplateError(`${where}: a rule needs a ScheduleExpression or an EventPattern`);
  const pattern = EventPattern === undefined ? undefined : readPattern(EventPattern, where);
  if (State !== 'DISABLED') {
    const targets = Targets.map(({ Arn, Input, InputPath }) => ({ arn: Arn, input: Input, inputPath: InputPath }));
    if (pattern !== undefined) model.eventRules.push({ ruleArn, pattern, targets });
    if (ScheduleExpression !== undefined)
      model.schedules.push({ ruleArn, periodMs: ratePeriodMs(ScheduleExpression), targets });
  }
  return { ref: name, attributes: { Arn: ruleArn } };
}

function readPattern(pattern: unknown, where: string): EventPattern {
  try {
    return parseEventPattern(pattern);
  } catch (cause) {
    if (!(cause instanceof EventPatternError)) throw cause;
    throw new TemplateError(`${where}: property ${cause.message}`, { cause });
  }
}

function ratePeriodMs(expression: string): number {
  const [, single, count, plural] = RATE_PATTERN.exec(expression) ?? [];
  const unit = z.enum(['minute', 'hour', 'day']).parse(single ?? plural);
  return Number(count ?? 1) * UNIT_MS[unit];
}
