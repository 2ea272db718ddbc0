import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import type { Source } from '../../shared/core/source.ts';
import { Deadline } from './deadline.ts';
import type { Delivery } from './delivery.ts';
import { renditionPlanner } from './planned-rendition.ts';
import { processImage, type SettledImage } from './process-image.ts';
import type { Processor } from './processor.ts';
import { openScratch } from './scratch.ts';

/** Images in a row for which a service was unavailable; with so many, it is to the next ones as well. */
const outageAfter = 8;

/** What became of the sources that a delivery worked on: each is in exactly one of the lists. */
export interface ProcessedSources {
  readonly settled: readonly SettledImage[];
  /** The time was over before or while they were tried. */
  readonly late: readonly Source[];
  /** A service was unavailable, or something unexpected went wrong. */
  readonly troubled: readonly Source[];
  /** Of the troubled ones, what was wrong. */
  readonly trouble: readonly string[];
}

/** Processes sources in order, downloading and uploading some while workers render others. */
export async function processSources(
  processor: Processor,
  { shard, receiveCount, remainingMs }: Delivery,
  sources: readonly Source[],
): Promise<ProcessedSources> {
  using deadline = new Deadline(remainingMs);
  await using scratch = await openScratch(processor.temporaryDirectory);
  const work = {
    s3: processor.s3,
    resultsBucket: processor.results.bucket,
    pool: processor.pool,
    scratch,
    shard,
    plan: renditionPlanner(shard),
    receiveCount,
    imageTimeoutMs: processor.imageTimeoutMs,
    signal: deadline.signal,
  };
  let unavailableInARow = 0;

  let started = 0;
  const mayStart = () => deadline.mayStart() && unavailableInARow < outageAfter;
  function* startable() {
    for (const source of sources) {
      if (!mayStart()) return;
      started += 1;
      yield source;
    }
  }
  const images = await mapConcurrently(startable(), processor.lanes, async (source) => {
    const startedMs = performance.now();
    const image = await processImage(work, source);
    deadline.observe(performance.now() - startedMs);
    unavailableInARow = image.kind === 'unsettled' && image.cause === 'unavailable' ? unavailableInARow + 1 : 0;
    return image;
  });
  await work.pool.idle();

  const rest = sources.slice(started);
  const outage = unavailableInARow >= outageAfter;
  const unsettled = images.filter((image) => image.kind === 'unsettled');
  const late = unsettled.filter(({ cause }) => cause === 'time');
  const troubled = unsettled.filter(({ cause }) => cause !== 'time');
  return {
    settled: images.filter((image) => image.kind === 'settled'),
    late: [...late.map(({ source }) => source), ...(outage ? [] : rest)],
    troubled: [...troubled.map(({ source }) => source), ...(outage ? rest : [])],
    trouble: troubled.map(({ message }) => message),
  };
}
