import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { createHandlers, type Handler } from './handlers.ts';
import type { FunctionName, Invocation, ReceivedBatch } from './invocation.ts';

/** An execution environment: what a function keeps in memory between two of its invocations. */
export interface Environment {
  readonly functionName: FunctionName;
  /** Ids of the messages to be delivered again. */
  readonly handle: (invocation: Invocation) => Promise<ReadonlySet<string>>;
}

/** Warm environments, each used by one invocation at a time. One whose invocation dies is never given back. */
export class Environments {
  readonly #idle: Environment[] = [];

  take(functionName: FunctionName): Environment {
    const index = this.#idle.findIndex((environment) => environment.functionName === functionName);
    const [warm] = index === -1 ? [] : this.#idle.splice(index, 1);
    return warm ?? coldStart(functionName);
  }

  giveBack(environment: Environment): void {
    this.#idle.push(environment);
  }
}

function coldStart(functionName: FunctionName): Environment {
  const handler: Handler = createHandlers()[functionName]();
  return {
    functionName,
    handle: async (invocation) => {
      const response = await handler(eventOf(invocation.batch), contextOf(invocation));
      return new Set(response?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    },
  };
}

function eventOf(batch: ReceivedBatch | undefined): SQSEvent {
  return { Records: (batch?.messages ?? []).map(recordOf) };
}

function recordOf({ id, body, sentMs, receives }: ReceivedBatch['messages'][number]): SQSRecord {
  return {
    messageId: id,
    receiptHandle: id,
    body,
    md5OfBody: '',
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentMs),
      SenderId: 'simulation',
      ApproximateFirstReceiveTimestamp: String(sentMs),
    },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:queue',
    awsRegion: 'us-east-1',
  };
}

function contextOf(invocation: Invocation): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: invocation.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${invocation.functionName}`,
    memoryLimitInMB: '1769',
    awsRequestId: String(invocation.id),
    logGroupName: 'group',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => invocation.deadlineMs - invocation.nowMs(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
