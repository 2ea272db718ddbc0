import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, SQSRecord } from 'aws-lambda';
import type { OutcomeStatus } from '../../shared/core/outcome.ts';
import { parseDocument } from '../../shared/core/parse-document.ts';
import { ShardSchema, type Shard } from '../../shared/core/shard.ts';
import { sqsHandler } from '../../shared/middleware/sqs-handler.ts';
import { processShard, type DeliverySummary } from './process-shard.ts';
import type { Processor } from './processor.ts';

function tell({ logger, metrics }: Processor, shard: Shard, summary: DeliverySummary, durationMs: number): void {
  const count = (status: OutcomeStatus) => summary.settled.filter(({ outcome }) => outcome.status === status).length;
  const counts = {
    succeeded: count('succeeded'),
    failed: count('failed') + summary.refused,
    skipped: count('skipped'),
  };
  const { copies, earlier, late, troubled, trouble } = summary;
  const { job, part, hop } = shard;
  const facts = { job, part, shard: shard.shard, hop, ...counts, earlier, copies, durationMs: Math.round(durationMs) };
  logger.info('shard processed', facts);
  if (copies > 0)
    logger.warn('shard goes on in a copy', {
      ...facts,
      late: late.length,
      troubled: troubled.length,
      reason: trouble[0],
    });
  metrics
    .addMetric('ImagesSucceeded', MetricUnit.Count, counts.succeeded)
    .addMetric('ImagesFailed', MetricUnit.Count, counts.failed)
    .addMetric('ImagesSkipped', MetricUnit.Count, counts.skipped)
    .addMetric('Copies', MetricUnit.Count, copies)
    .addMetric('ShardDurationMs', MetricUnit.Milliseconds, durationMs)
    .publishStoredMetrics();
}

async function deliver(processor: Processor, record: SQSRecord, context: Context): Promise<void> {
  const startedMs = performance.now();
  const shard = parseDocument(ShardSchema, record.body, 'the message');
  const summary = await processShard(processor, {
    shard,
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    sentAt: new Date(Number(record.attributes.SentTimestamp)),
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
  tell(processor, shard, summary, performance.now() - startedMs);
}

/** Lambda handler of the shards queue. A message that cannot be read or worked on goes the way of all failed ones: to the rescuer. */
export function processorHandler(processor: Processor) {
  return sqsHandler(processor.logger, async (records, context) => {
    const failed: string[] = [];
    // The mapping's batch size is 1; a shard has the whole environment.
    for (const record of records) {
      try {
        await deliver(processor, record, context);
      } catch (error) {
        processor.logger.error('shard failed', { messageId: record.messageId, error });
        failed.push(record.messageId);
      }
    }
    return failed;
  });
}
