import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { z } from 'zod';
import { ReportSchema } from '../../shared/core/report.ts';
import { runCalmly } from '../simulation/calm.ts';
import { resultsBucket } from '../simulation/deployment.ts';
import { openWorld } from '../simulation/open-world.ts';
import { DiskBucket, EntrySchema } from './disk-bucket.ts';
import { RequestCounter } from './request-counter.ts';

// A process of its own: the real collector takes the notices that plan.ts left, folds part by part and finishes the job. Prints
// what it counted and how much memory it held: node --max-old-space-size=256 collect.ts DIRECTORY

const [, , directory = ''] = process.argv;

/** Notices of one batch, and so the receipts that are there when the collector hears of them. */
const batchSize = 100;
const sampleEveryMs = 20;

/** As plan.ts leaves them: a message, and the receipt that is there by then. */
const LineSchema = z.tuple([z.string(), EntrySchema.nullable()]);

const world = openWorld({ sweeps: false, concurrency: 1 });
const bucket = DiskBucket.open(directory);
world.buckets.set(resultsBucket, bucket);
const counter = new RequestCounter();
world.observers.push(counter);

const rssAtStartBytes = process.memoryUsage.rss();
let peakHeldBytes = 0;
/** Whatever is in use, garbage that has not been collected yet included. */
function sample(): void {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  peakHeldBytes = Math.max(peakHeldBytes, heapUsed + arrayBuffers);
}
const sampler = setInterval(sample, sampleEveryMs);

// What a folded part consists of is not read again, and the index of this bucket is not what is measured.
world.observers.push({
  onWrite: ({ key }) => {
    if (!key.endsWith('/done.json')) return;
    for (const receipt of bucket.keys(key.replace('done.json', 'receipts/'))) bucket.delete(receipt);
  },
});

async function collectBatch(): Promise<void> {
  await runCalmly(world, () => true, {
    beforeCall: (_, call) => {
      counter.count(call);
      sample();
      return false;
    },
  });
}

const startedMs = performance.now();
const lines = createInterface(createReadStream(join(directory, 'notices.jsonl')));
for await (const line of lines) {
  const [notice, receipt] = LineSchema.parse(JSON.parse(line));
  if (receipt !== null) bucket.add(receipt);
  world.send('receipts', notice);
  if (world.queues.receipts.messages.length === batchSize) await collectBatch();
}
await collectBatch();
clearInterval(sampler);
const seconds = (performance.now() - startedMs) / 1_000;

const reportKey = world
  .results()
  .keys('_fanlight/jobs/')
  .find((key) => key.endsWith('/report.json'));
const report = reportKey === undefined ? undefined : world.results().get(reportKey)?.body.toString();
const { images, state, plan } = ReportSchema.parse(JSON.parse(report ?? 'null'));
const peakRssBytes = process.resourceUsage().maxRSS * 1_024;
console.log(
  JSON.stringify({ ...counter.counts(), seconds, peakHeldBytes, rssAtStartBytes, peakRssBytes, images, state, plan }),
);
