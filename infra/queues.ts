import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { DeadLetterQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** The four queues of the picture. What dies three times on `shards` arrives in `rescue`. */
export interface Queues {
  readonly uploads: Queue;
  readonly shards: Queue;
  readonly receipts: Queue;
  readonly rescue: Queue;
  /** Where people look: what its function gave up on, kept for 14 days. */
  readonly uploadsDeadLetters: Queue;
  readonly receiptsDeadLetters: Queue;
  readonly rescueDeadLetters: Queue;
}

/** A transient failure goes on as a delayed copy, so on the shards queue only deaths count (design 4.4). */
const shardDeaths = 3;

/** Throttled deliveries count as receives; AWS asks for at least five: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const bookkeepingReceives = 5;

/** AWS's advice for a mapped queue, same page: a message stays invisible while its batch is retried after throttling. */
const visibilityPerTimeout = 6;

/** SQS's longest. A dead letter keeps its first timestamp, so the live queues' retention must be well below. */
const deadLetterRetention = Duration.days(14);
const liveRetention = Duration.days(4);

export function createQueues(scope: Construct, timeouts: { processor: Duration; bookkeeping: Duration }): Queues {
  // SSE-SQS: a queue under the AWS-managed KMS key cannot receive S3's notifications (aws-cdk#14370).
  const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
  const deadLetters = (id: string) => new Queue(scope, id, { ...common, retentionPeriod: deadLetterRetention });
  const live = (id: string, timeout: Duration, deadLetterQueue: DeadLetterQueue, retentionPeriod = liveRetention) =>
    new Queue(scope, id, { ...common, retentionPeriod, deadLetterQueue, visibilityTimeout: sixTimes(timeout) });

  const uploadsDeadLetters = deadLetters('UploadsDeadLetters');
  const receiptsDeadLetters = deadLetters('ReceiptsDeadLetters');
  const rescueDeadLetters = deadLetters('RescueDeadLetters');

  const uploads = live('UploadsQueue', timeouts.bookkeeping, giveUpInto(uploadsDeadLetters));
  const rescue = live('RescueQueue', timeouts.bookkeeping, giveUpInto(rescueDeadLetters), deadLetterRetention);
  const shards = live('ShardsQueue', timeouts.processor, { queue: rescue, maxReceiveCount: shardDeaths });
  const receipts = live('ReceiptsQueue', timeouts.bookkeeping, giveUpInto(receiptsDeadLetters));
  return { uploads, shards, receipts, rescue, uploadsDeadLetters, receiptsDeadLetters, rescueDeadLetters };
}

const giveUpInto = (queue: Queue): DeadLetterQueue => ({ queue, maxReceiveCount: bookkeepingReceives });

const sixTimes = (timeout: Duration): Duration => Duration.seconds(visibilityPerTimeout * timeout.toSeconds());
