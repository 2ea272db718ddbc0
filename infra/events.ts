import { Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { eventSource } from '../shared/core/events.ts';
import type { OutgoingEvent } from '../shared/core/events.ts';

/** Where events of one kind go. */
export interface EventProps {
  /** Any target of an EventBridge rule, such as `new targets.SqsQueue(queue)`. */
  readonly target: IRuleTarget;
}

/** Sends the events of one deployment on the default bus to a target; its results bucket tells it from others. */
export function eventRule(
  scope: Construct,
  id: string,
  type: OutgoingEvent['type'],
  results: Bucket,
  { target }: EventProps,
): Rule {
  const eventPattern = { source: [eventSource], detailType: [type], resources: [results.bucketArn] };
  return new Rule(scope, id, { eventPattern, targets: [target] });
}

/** Allows to put our own events, and nobody else's, on the default bus. */
export function putEvents(scope: Construct): PolicyStatement {
  const bus = Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  return new PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [bus],
    conditions: { StringEquals: { 'events:source': eventSource } },
  });
}
