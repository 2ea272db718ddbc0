import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { NoticeSchema } from '../../shared/core/notice.ts';
import { receiptNameOfKey } from '../../shared/core/receipt.ts';
import { ReportSchema } from '../../shared/core/report.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { runCalmly } from '../simulation/calm.ts';
import { resultsBucket } from '../simulation/deployment.ts';
import { openWorld } from '../simulation/open-world.ts';
import { DiskBucket } from './disk-bucket.ts';
import { RequestCounter } from './request-counter.ts';

// A process of its own: the real collector takes the notices that plan.ts left, folds part by part and finishes the job. Prints
// what it counted and how much memory it held: node --max-old-space-size=256 collect.ts DIRECTORY

const [, , directory = ''] = process.argv;

/** Notices of one batch, and so the receipts that are there when the collector hears of them. */
const batchSize = 100;
const sampleEveryMs = 20;

const notices = z.array(z.string()).parse(JSON.parse(readFileSync(join(directory, 'notices.json'), 'utf8')));
const world = openWorld({ sweeps: false, concurrency: 1 });
const bucket = DiskBucket.open(directory, (key) => receiptNameOfKey(key) !== undefined);
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

const startedMs = performance.now();
for (let from = 0; from < notices.length; from += batchSize) {
  for (const body of notices.slice(from, from + batchSize)) {
    const notice = NoticeSchema.parse(JSON.parse(body));
    if (notice.kind === 'receipt') bucket.reveal(`${stateKey.receipts(notice.job, notice.part)}${notice.receipt}.json`);
    world.send('receipts', body);
  }
  await runCalmly(world, () => true, {
    beforeCall: (_, call) => {
      counter.count(call);
      sample();
      return false;
    },
  });
}
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
