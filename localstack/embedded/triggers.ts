import type { Endpoint } from './endpoint.ts';
import { RuleTargets } from './events/rule-targets.ts';
import type { LambdaFunction } from './lambda/lambda-function.ts';
import type { LambdaHost } from './lambda/lambda-host.ts';
import { EventSourcePoller } from './poller/event-source-poller.ts';
import { Schedule } from './schedule/schedule.ts';
import type { StackModel } from './template/stack-model.ts';
import { TemplateError } from './template/template-error.ts';

/** Whatever invokes functions by itself. */
export interface Triggers {
  readonly pollers: readonly EventSourcePoller[];
  readonly schedules: readonly Schedule[];
  /** They stop at once; resolves when nothing of what they began is running. */
  close(): Promise<void>;
}

/** Starts the event source mappings and the rules of a stack. */
export function startTriggers(
  model: StackModel,
  endpoint: Endpoint,
  host: LambdaHost,
  onFailure: (error: unknown) => void,
): Triggers {
  const { accountId, clock, eventBus, queues, region } = endpoint;
  const ruleTargets = new RuleTargets({ findFunction: (arn) => host.find(arn), queues, onFailure });
  for (const { pattern, targets } of model.eventRules) {
    eventBus.addRule({ pattern, targets: targets.map((target) => ruleTargets.open(target)) });
  }
  const schedules = model.schedules.map(({ ruleArn, periodMs, targets }) => {
    const deliveries = targets.map((target) => ruleTargets.open(target));
    return new Schedule({ ruleArn, periodMs, targets: deliveries, clock, accountId, region });
  });
  const pollers = model.mappings
    .filter((mapping) => mapping.enabled)
    .map((mapping) => {
      const target = requireFunction(host, mapping.functionName);
      return new EventSourcePoller({ mapping, target, queues, clock, region, onFailure });
    });
  const close = async (): Promise<void> => {
    await Promise.all([...pollers, ...schedules].map(async (trigger) => trigger.close()));
    await ruleTargets.close();
  };
  return { pollers, schedules, close };
}

function requireFunction(host: LambdaHost, name: string): LambdaFunction {
  const found = host.find(name);
  if (found === undefined) throw new TemplateError(`the stack has no function ${name}`);
  return found;
}
