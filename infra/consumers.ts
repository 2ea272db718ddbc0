import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';

/** How an event source mapping takes messages from its queue. */
export interface Consumption {
  /** Most records of one invocation, 1 to 10000; above 10 it needs a window. */
  readonly batchSize: number;
  /** How long a batch may gather, 0 to 5 minutes. */
  readonly window?: Duration;
  /** Most invocations at a time, 2 to 1000. */
  readonly maxConcurrency: number;
}

/** Maps queue → function with partial batch responses. */
export function consume(queue: Queue, consumer: LambdaFunction, consumption: Consumption): EventSourceMapping {
  consumer.addToRolePolicy(
    new PolicyStatement({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
      resources: [queue.queueArn],
    }),
  );
  return new EventSourceMapping(consumer, 'Consumes', {
    target: consumer,
    eventSourceArn: queue.queueArn,
    batchSize: consumption.batchSize,
    maxBatchingWindow: consumption.window ?? Duration.seconds(0),
    maxConcurrency: consumption.maxConcurrency,
    reportBatchItemFailures: true,
  });
}

/** Invokes the function at a fixed rate. */
export function schedule(rate: Duration, target: LambdaFunction): Rule {
  return new Rule(target, 'Schedule', { schedule: Schedule.rate(rate), targets: [new LambdaTarget(target)] });
}
