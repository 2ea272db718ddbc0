import { invocationsInChain, MAX_INVOCATIONS_IN_CHAIN } from '../lambda/trace-header.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import type { QueueMessage } from '../sqs/message.ts';
import type { Queues } from '../sqs/queues.ts';

interface LoopGuard {
  readonly target: LambdaFunction;
  readonly queues: Queues;
  readonly queueArn: string;
}

/**
 * Takes out of a batch what has come round too often: such a message goes to the dead-letter queue of its queue, or is
 * dropped. Returns the rest. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
export function stopLoops(batch: readonly QueueMessage[], guard: LoopGuard): QueueMessage[] {
  if (guard.target.model.recursiveLoop === 'Allow') return [...batch];
  const isLooping = ({ attributes }: QueueMessage): boolean =>
    invocationsInChain(attributes.AWSTraceHeader, guard.target.model.arn) >= MAX_INVOCATIONS_IN_CHAIN;
  for (const message of batch.filter(isLooping)) stop(message, guard);
  return batch.filter((message) => !isLooping(message));
}

function stop({ messageId, receiptHandle }: QueueMessage, { target, queues, queueArn }: LoopGuard): void {
  const deadLetterQueue = queues.giveUp(queueArn, receiptHandle);
  const end = deadLetterQueue === undefined ? 'dropped' : `moved to ${deadLetterQueue.arn}`;
  target.note(
    `RECURSIVE LOOP stopped: the chain of message ${messageId} has invoked this function ` +
      `${MAX_INVOCATIONS_IN_CHAIN} times; the message is ${end}`,
  );
}
