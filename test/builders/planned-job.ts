import { MessageQueue } from '../../shared/aws/message-queue.ts';
import { JobClient } from '../../shared/client/job-client.ts';
import { ResultLineSchema, type ResultLine } from '../../shared/core/outcome.ts';
import type { Shard } from '../../shared/core/shard.ts';
import type { ControlPlane } from './control-plane.ts';
import { putImages, submit } from './jobs.ts';
import { shardsIn } from './pretend-processor.ts';

/** Nine images of which `huge` makes three parts; one fails and one is skipped. */
export const nineNames = ['a.jpg', 'bad.jpg', 'c.jpg', 'd.jpg', 'stray.txt', 'f.jpg', 'g.jpg', 'h.jpg', 'i.jpg'];

/** Manifest fields by which a job has only the first four: two parts of `huge`, for tests that make it again and again. */
export const fewImages = { sources: [{ prefix: 's3://uploads/runs/few/' }] };

const filled = new WeakSet<ControlPlane>();

async function fill(plane: ControlPlane): Promise<void> {
  if (filled.has(plane)) return;
  filled.add(plane);
  await putImages(plane, 'runs/nine/', nineNames);
  await putImages(plane, 'runs/few/', nineNames.slice(0, 4));
}

/** A sealed job of three parts; its shards are out of their queue and not worked on, the seal's check is left out. */
export async function planNine(
  plane: ControlPlane,
  key = 'jobs/a.fanlight.json',
  manifest: object = {},
): Promise<{ job: string; shards: Shard[] }> {
  await fill(plane);
  const sources = [{ prefix: 's3://uploads/runs/nine/' }];
  const jobId = await submit(plane, { recipe: 'huge', sources, ...manifest }, key);
  await plane.deliver('uploads', plane.splitter, await plane.receive('uploads'));
  const shards = shardsIn(await plane.take('shards'));
  await plane.take('receipts');
  return { job: await jobId(), shards };
}

/** Lets the receipts queue run empty. */
export async function collectAll(plane: ControlPlane): Promise<void> {
  while (plane.waiting('receipts') > 0) {
    const failed = await plane.deliver('receipts', plane.collector, await plane.receive('receipts'));
    if (failed.length > 0) throw new Error(`${failed.length} notices failed`);
  }
}

/** All result lines of a job in order. */
export async function resultsOf(plane: ControlPlane, job: string): Promise<ResultLine[]> {
  return Object.entries(await plane.dump(`_fanlight/jobs/${job}/parts/`))
    .filter(([key]) => key.endsWith('results.jsonl'))
    .flatMap(([, text]) => text.trimEnd().split('\n'))
    .map((line) => ResultLineSchema.parse(JSON.parse(line)));
}

/** A client that may ask for checks. */
export function clientOf(plane: ControlPlane): JobClient {
  const url = plane.endpoint.queues.byName('receipts')?.url ?? '';
  const receiptsQueue = new MessageQueue(plane.sqs, url);
  return new JobClient({ s3: plane.s3, uploadsBucket: 'uploads', resultsBucket: 'results', receiptsQueue });
}
