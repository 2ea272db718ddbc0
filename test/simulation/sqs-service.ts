import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSServiceException,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import type { Fate, Invocation, Request } from './invocation.ts';
import type { World } from './world.ts';

function unavailable(): SQSServiceException {
  return new SQSServiceException({
    name: 'ServiceUnavailable',
    message: 'ServiceUnavailable',
    $fault: 'server',
    $metadata: { httpStatusCode: 503 },
  });
}

const maxBatchBytes = 1_048_576;

/** Of a batch under the fate `partial` every second message is accepted, and one is in neither list (field note 10). */
function sendBatch(
  world: World,
  queue: string,
  entries: readonly SendMessageBatchRequestEntry[],
  { fate, by }: { fate: Fate; by: Invocation },
): object {
  if (fate === 'refused') throw unavailable();
  const bytes = entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
  if (entries.length === 0 || entries.length > 10) throw new Error(`${entries.length} entries in a batch of SQS`);
  if (bytes > maxBatchBytes) throw new Error(`${bytes} bytes in a batch of SQS`);
  const accepted = entries.filter((_, index) => fate !== 'partial' || index % 2 === 1);
  const refused = entries.filter((entry) => !accepted.includes(entry));
  for (const { MessageBody = '', DelaySeconds = 0 } of accepted) {
    world.send(queue, MessageBody, DelaySeconds * 1_000);
    for (const observer of world.observers) observer.onSend?.({ queue, body: MessageBody, by });
  }
  if (fate === 'unanswered') throw unavailable();
  return {
    Successful: accepted.map(({ Id }) => ({ Id })),
    Failed: refused.slice(1).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
  };
}

/** `partial` is a queue whose counts lag behind: it says that it is empty. */
function queueAttributes(world: World, name: string, fate: Fate): object {
  if (fate === 'refused' || fate === 'unanswered') throw unavailable();
  const queue = Object.values(world.queues).find((candidate) => candidate.name === name);
  if (queue === undefined) throw new Error(`no queue is called ${name}`);
  const { nowMs } = world;
  const count = (of: (visibleMs: number, receives: number) => boolean): string =>
    String(fate === 'partial' ? 0 : queue.messages.filter(({ visibleMs, receives }) => of(visibleMs, receives)).length);
  return {
    Attributes: {
      ApproximateNumberOfMessages: count((visibleMs) => visibleMs <= nowMs),
      ApproximateNumberOfMessagesNotVisible: count((visibleMs, receives) => visibleMs > nowMs && receives > 0),
      ApproximateNumberOfMessagesDelayed: count((visibleMs, receives) => visibleMs > nowMs && receives === 0),
      MessageRetentionPeriod: String(queue.options.retentionMs / 1_000),
    },
  };
}

const nameOf = (url = ''): string => url.slice(url.lastIndexOf('/') + 1);

/** The requests of the functions; receiving and deleting is the poller's. */
export function readSqsCommand(world: World, command: unknown, by: Invocation): Request {
  if (command instanceof SendMessageBatchCommand) {
    const { QueueUrl, Entries = [] } = command.input;
    const queue = nameOf(QueueUrl);
    return {
      about: { action: 'SendMessageBatch', resource: queue, access: 'send' },
      perform: (fate) => sendBatch(world, queue, Entries, { fate, by }),
    };
  }
  if (command instanceof GetQueueAttributesCommand) {
    const queue = nameOf(command.input.QueueUrl);
    return {
      about: { action: 'GetQueueAttributes', resource: queue, access: 'read' },
      perform: (fate) => queueAttributes(world, queue, fate),
    };
  }
  throw new Error('the simulated SQS does not know this command');
}
