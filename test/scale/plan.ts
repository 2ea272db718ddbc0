import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../../shared/core/outcome.ts';
import { renditionKey } from '../../shared/core/output-key.ts';
import { noticeOf, serializeReceipt } from '../../shared/core/receipt.ts';
import { ShardSchema, type Shard } from '../../shared/core/shard.ts';
import { runCalmly } from '../simulation/calm.ts';
import { resultsBucket, uploadsBucket } from '../simulation/deployment.ts';
import { upload } from '../simulation/jobs.ts';
import { openWorld } from '../simulation/open-world.ts';
import { DiskBucket, type Entry } from './disk-bucket.ts';
import { ListedBucket } from './listed-bucket.ts';
import { RequestCounter } from './request-counter.ts';

// A process of its own: plans a job of so many images with the real splitter, and writes the receipts that a no-op renderer would
// come to. Leaves bucket and notices in a directory, prints what it counted: node plan.ts DIRECTORY IMAGES RECIPE

const [, , directory = '', images = '', recipe = ''] = process.argv;

/** Names beyond Latin-1: strings of them take two bytes a character. */
const prefix = 'runs/снимки';
const imageBytes = 200_000;
const renditionBytes = 1_000;
const computeMs = 20;
/** Every so many fails. */
const failEvery = 1_000;

function outcomeOf({ ordinal, name }: Shard['sources'][number], { output }: Shard): Outcome {
  const input = { format: 'jpeg', width: 4_000, height: 3_000, bytes: imageBytes };
  const about = { ordinal, source: name, input, attempts: 1, durationMs: computeMs };
  if (ordinal % failEvery === failEvery - 1)
    return { ...about, status: 'failed', error: { code: 'CORRUPT_IMAGE', message: 'cut off' }, renditions: [] };
  const key = renditionKey(output, name, 'small.webp');
  const rendition = { name: 'small', key, format: 'webp', width: 64, height: 48, bytes: renditionBytes };
  return { ...about, status: 'succeeded', renditions: [rendition] };
}

/** Writes the receipt of a shard as a processor does, and puts its notice aside with it. */
function finish(shard: Shard): void {
  const { job = '', route, part, shard: id, hop, sources, partImages } = shard;
  const at = new Date(world.nowMs).toISOString();
  const receipt = {
    v: 1 as const,
    job,
    route,
    part,
    shard: id,
    hop,
    outcomes: sources.map((source) => outcomeOf(source, shard)),
    bytesIn: sources.length * imageBytes,
    bytesOut: sources.length * renditionBytes,
    computeMs: sources.length * computeMs,
    startedAt: at,
    finishedAt: at,
    environment: 'scale',
  };
  const { key, name, body } = serializeReceipt(receipt);
  world.put(resultsBucket, key, Buffer.from(body));
  tell(JSON.stringify(noticeOf(receipt, name, partImages)), bucket.take(key));
}

/** A line for collect.ts: a message, and the receipt that is there by then. */
function tell(notice: string, receipt: Entry | null): void {
  writeSync(notices, `${JSON.stringify([notice, receipt])}\n`);
}

const world = openWorld({ sweeps: false });
const bucket = DiskBucket.create(directory);
const notices = openSync(join(directory, 'notices.jsonl'), 'w');
world.buckets.set(resultsBucket, bucket);
world.buckets.set(uploadsBucket, new ListedBucket(`${prefix}/ж`, Number(images), imageBytes));
const counter = new RequestCounter();
world.observers.push(counter);
let shards = 0;

const manifest = { recipe, sources: [{ prefix: `s3://${uploadsBucket}/${prefix}/` }], output: { prefix: 'scale/' } };
upload(world, 'jobs/scale.fanlight.json', JSON.stringify(manifest));
const startedMs = performance.now();
await runCalmly(world, () => true, {
  beforeCall: (_, call) => {
    counter.count(call);
    // At once, so that the queue never holds a whole part.
    for (const message of world.queues.shards.messages) {
      finish(ShardSchema.parse(JSON.parse(message.body)));
      shards += 1;
    }
    world.queues.shards.clear();
    return false;
  },
  beforeDelivery: (_, { queue }) => {
    if (queue !== world.queues.receipts) return false;
    for (const { body } of queue.messages) tell(body, null);
    queue.clear();
    return true;
  },
});
bucket.close();
closeSync(notices);
const seconds = (performance.now() - startedMs) / 1_000;
console.log(JSON.stringify({ ...counter.counts(), shards, seconds }));
