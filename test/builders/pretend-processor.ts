import { recordReceipt } from '../../shared/aws/stored-receipts.ts';
import { MessageQueue } from '../../shared/aws/message-queue.ts';
import type { Outcome } from '../../shared/core/outcome.ts';
import { ShardSchema, type Shard } from '../../shared/core/shard.ts';
import type { ControlPlane } from './control-plane.ts';
import { outcomeOf, receiptOf } from './protocol.ts';

/** What a processor would find out about an image: a name decides. */
function outcomeOfSource({ ordinal, name, verdict }: Shard['sources'][number]): Outcome {
  if (verdict !== undefined) return { ordinal, source: name, ...verdict, renditions: [], attempts: 1, durationMs: 0 };
  const status = name.includes('bad') ? 'failed' : name.includes('stray') ? 'skipped' : 'succeeded';
  return { ...outcomeOf(ordinal, status), source: name };
}

/** Writes the receipt of a shard, or of some of its sources, and sends the notice, as a processor does. */
export async function pretendToProcess(
  plane: ControlPlane,
  shard: Shard,
  sources = shard.sources,
  computeMs = 30,
): Promise<void> {
  const { job, route, part, shard: id, hop } = shard;
  const origin = { route, part, shard: id, hop, ...(job === undefined ? {} : { job }) };
  const { job: _, ...receipt } = receiptOf(sources.map(outcomeOfSource), { computeMs });
  const receiptsUrl = plane.endpoint.queues.byName('receipts')?.url ?? '';
  await recordReceipt(
    plane.store,
    new MessageQueue(plane.sqs, receiptsUrl),
    { ...receipt, ...origin },
    shard.partImages,
  );
}

export function shardsIn(messages: readonly { readonly body: string }[]): Shard[] {
  return messages.map(({ body }) => ShardSchema.parse(JSON.parse(body)));
}

/** Lets every queue run empty: the splitter, the pretended processor and the collector in turns. */
export async function runToEnd(plane: ControlPlane): Promise<void> {
  for (let round = 0; round < 50; round++) {
    await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
    for (const shard of shardsIn(await plane.take('shards'))) await pretendToProcess(plane, shard);
    await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
    if (plane.waiting('uploads') + plane.waiting('shards') + plane.waiting('receipts') === 0) return;
  }
  throw new Error('the queues do not run empty');
}
