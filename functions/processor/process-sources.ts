import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import type { Source } from '../../shared/core/source.ts';
import { Deadline } from './deadline.ts';
import type { Delivery } from './delivery.ts';
import type { ImageWork } from './image-work.ts';
import { MemberReader } from './members/member-reader.ts';
import { renditionPlanner } from './planned-rendition.ts';
import { processImage, settlePlanned, type ProcessedImage, type SettledImage } from './process-image.ts';
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

interface TriedSources {
  readonly images: readonly ProcessedImage[];
  /** Those that were not begun. */
  readonly rest: readonly Source[];
  /** Why not: a service was unavailable, or else the time was over. */
  readonly outage: boolean;
}

/** Tries sources in order, downloading and uploading some while workers render others. */
async function trySources(
  work: ImageWork,
  lanes: number,
  deadline: Deadline,
  sources: readonly Source[],
): Promise<TriedSources> {
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
  const images = await mapConcurrently(startable(), lanes, async (source) => {
    const startedMs = performance.now();
    const image = await processImage(work, source);
    deadline.observe(performance.now() - startedMs);
    // A host of the web that does not answer says nothing about S3.
    if (source.url !== undefined) return image;
    unavailableInARow = image.kind === 'unsettled' && image.cause === 'unavailable' ? unavailableInARow + 1 : 0;
    return image;
  });
  await work.pool.idle();
  return { images, rest: sources.slice(started), outage: unavailableInARow >= outageAfter };
}

/** Records what was planned as settled, and processes the others. */
export async function processSources(
  processor: Processor,
  { shard, receiveCount, remainingMs }: Delivery,
  sources: readonly Source[],
): Promise<ProcessedSources> {
  using deadline = new Deadline(remainingMs);
  await using scratch = await openScratch(processor.temporaryDirectory);
  const storage = { s3: processor.s3, resultsBucket: processor.results.bucket, signal: deadline.signal };
  const open = sources.filter(({ verdict }) => verdict === undefined);
  using members = new MemberReader(storage, open);
  const { pool, fetchUrl, imageTimeoutMs } = processor;
  const delivered = { shard, plan: renditionPlanner(shard), receiveCount, imageTimeoutMs };
  const work = { ...storage, ...delivered, pool, fetchUrl, scratch, members };

  const planned = sources.flatMap((source) =>
    source.verdict === undefined ? [] : [settlePlanned(source, source.verdict)],
  );
  const { images, rest, outage } = await trySources(work, processor.lanes, deadline, open);
  const unsettled = images.filter((image) => image.kind === 'unsettled');
  const late = unsettled.filter(({ cause }) => cause === 'time');
  const troubled = unsettled.filter(({ cause }) => cause !== 'time');
  return {
    settled: [...planned, ...images.filter((image) => image.kind === 'settled')],
    late: [...late.map(({ source }) => source), ...(outage ? [] : rest)],
    troubled: [...troubled.map(({ source }) => source), ...(outage ? rest : [])],
    trouble: troubled.map(({ message }) => message),
  };
}
