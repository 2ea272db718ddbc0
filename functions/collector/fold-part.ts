import { failedReceipt } from '../../shared/core/failed-receipt.ts';
import { readReceipt } from '../../shared/aws/stored-receipts.ts';
import type { StateStore } from '../../shared/aws/state-store.ts';
import { cancelledFailure, type Cancellation } from '../../shared/core/cancellation.ts';
import { FanlightError } from '../../shared/core/errors.ts';
import { PartDoneSchema, type PartDone, type PartStatus } from '../../shared/core/job.ts';
import { limits } from '../../shared/core/limits.ts';
import { mapConcurrently } from '../../shared/core/map-concurrently.ts';
import type { ListedFailure } from '../../shared/core/notice.ts';
import { joinOutcomes, ResultLineSchema } from '../../shared/core/outcome.ts';
import { receiptNameOfKey, withoutOutcome, type Receipt } from '../../shared/core/receipt.ts';
import type { Shard } from '../../shared/core/shard.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import type { Collector } from './collector.ts';

/** Shards whose receipts are in memory at a time: at most 500 outcomes each, so that a part of 10,000 images needs no more than its results. */
const maxShards = 24;

interface NamedReceipt {
  readonly name: string;
  readonly receipt: Receipt;
}

/** A part that is folded before all of its images have an outcome: the others end as cancelled. */
export interface CutShort {
  readonly shards: readonly Shard[];
  readonly cancellation: Cancellation;
}

/** Above the names of all receipts: a failure that was found out prevails. */
const cancelledName = '~';

type ReceiptSums = Pick<PartDone, 'bytesIn' | 'bytesOut' | 'computeMs' | 'startedAt' | 'finishedAt' | 'engine'>;

/** What the receipts of one shard, or of several, come to. */
interface Folded {
  /** Bytes, because 10,000 lines as strings are several times as large, and S3 takes bytes. */
  readonly lines: Buffer;
  readonly ordinals: readonly number[];
  readonly sums: ReceiptSums | undefined;
  /** How many there are. */
  readonly receipts: number;
}

/**
 * Freezes a complete part, or one that is cut short: results.jsonl from its receipts, then done.json. Both are created once;
 * whoever comes second adopts what is stored, so that a crash in between or a second collector changes nothing.
 */
export async function foldPart(
  { store, logger }: Collector,
  { job, part, images }: Pick<PartStatus, 'job' | 'part' | 'images'>,
  cutShort?: CutShort,
): Promise<PartDone> {
  const doneKey = stateKey.done(job, part);
  const stored = await store.readDocument(doneKey, PartDoneSchema);
  if (stored !== undefined) return stored.document;

  const folded = await foldReceipts(store, { job, part }, cutShort);
  const { sums, ordinals, receipts } = folded;
  if (sums === undefined || ordinals.length !== images || ordinals.some((ordinal, index) => ordinal !== index))
    throw new FanlightError('INTERNAL', `the receipts of part ${part} of job ${job} do not cover its ${images} images`);

  const resultsKey = stateKey.results(job, part);
  const created = await store.create(resultsKey, folded.lines, 'application/jsonl');
  const results = created ? folded.lines : await readResults(store, resultsKey);
  const done: PartDone = { v: 1, job, part, images, ...tally(results), receipts, ...sums };
  logger.info('part folded', { job, part, images, ...done.counts });
  return store.createOrAdoptDocument(doneKey, PartDoneSchema, done);
}

async function readResults(store: StateStore, key: string): Promise<Buffer> {
  const stored = await store.read(key);
  if (stored === undefined) throw new FanlightError('INTERNAL', `${key} was deleted`);
  return Buffer.from(stored.text);
}

/** Joins the receipts shard by shard: shards hold consecutive ordinals, so that their lines only have to be put one after the other. */
async function foldReceipts(
  store: StateStore,
  { job, part }: Pick<PartStatus, 'job' | 'part'>,
  cutShort: CutShort | undefined,
): Promise<Folded> {
  const planned = new Map(cutShort?.shards.map((shard) => [shard.shard, shard]));
  const keysByShard = new Map([...planned.keys()].map((shard) => [shard, new Array<{ key: string; name: string }>()]));
  for await (const { key } of store.list(stateKey.receipts(job, part))) {
    const name = receiptNameOfKey(key);
    if (name === undefined) continue;
    const shard = name.slice(0, name.indexOf('/'));
    const keys = keysByShard.get(shard) ?? [];
    keys.push({ key, name });
    keysByShard.set(shard, keys);
  }
  const shards = await mapConcurrently([...keysByShard], maxShards, async ([id, keys]) => {
    const receipts: NamedReceipt[] = [];
    for (const { key, name } of keys) receipts.push({ name, receipt: await readReceipt(store, key) });
    const shard = planned.get(id);
    if (cutShort !== undefined && shard !== undefined) receipts.push(...restOf(shard, receipts, cutShort.cancellation));
    return foldShard(receipts);
  });
  return {
    lines: Buffer.concat(shards.map((shard) => shard.lines)),
    ordinals: shards.flatMap((shard) => shard.ordinals),
    sums: shards.map((shard) => shard.sums).reduce(addSums, undefined),
    receipts: shards.reduce((sum, shard) => sum + shard.receipts, 0),
  };
}

/** What a receipt would say of the images of a shard that have no outcome. */
function restOf(shard: Shard, receipts: readonly NamedReceipt[], cancellation: Cancellation): NamedReceipt[] {
  const covered = new Set(receipts.flatMap(({ receipt }) => receipt.outcomes.map(({ ordinal }) => ordinal)));
  const rest = withoutOutcome(shard, covered);
  if (rest.length === 0) return [];
  const origin = { by: 'collector', at: cancellation.at };
  return [{ name: cancelledName, receipt: failedReceipt(shard, rest, cancelledFailure(cancellation), origin) }];
}

function foldShard(receipts: readonly NamedReceipt[]): Folded {
  const witnessed = receipts.flatMap(({ name, receipt }) =>
    receipt.outcomes.map((outcome) => ({ receipt: name, outcome })),
  );
  const joined = [...joinOutcomes(witnessed).values()].map(({ outcome }) => outcome);
  const outcomes = joined.toSorted((a, b) => a.ordinal - b.ordinal);
  return {
    // A line is an outcome without its ordinal. Parsing has put the members into the schema's order: equal outcomes, equal bytes.
    lines: Buffer.from(outcomes.map((outcome) => `${JSON.stringify({ ...outcome, ordinal: undefined })}\n`).join('')),
    ordinals: outcomes.map(({ ordinal }) => ordinal),
    sums: receipts.map(({ receipt }) => sumsOf(receipt)).reduce(addSums, undefined),
    receipts: receipts.filter(({ name }) => name !== cancelledName).length,
  };
}

function sumsOf({ bytesIn, bytesOut, computeMs, startedAt, finishedAt, engine }: Receipt): ReceiptSums {
  return { bytesIn, bytesOut, computeMs, startedAt, finishedAt, ...(engine === undefined ? {} : { engine }) };
}

function addSums(a: ReceiptSums | undefined, b: ReceiptSums | undefined): ReceiptSums | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const engine = a.engine ?? b.engine;
  return {
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
    computeMs: a.computeMs + b.computeMs,
    startedAt: a.startedAt < b.startedAt ? a.startedAt : b.startedAt,
    finishedAt: a.finishedAt > b.finishedAt ? a.finishedAt : b.finishedAt,
    ...(engine === undefined ? {} : { engine }),
  };
}

/** Counts and failures as the results have them. */
function tally(results: Buffer): Pick<PartDone, 'counts' | 'cancelled' | 'renditions' | 'imagesRead' | 'failures'> {
  const counts = { succeeded: 0, failed: 0, skipped: 0 };
  let cancelled = 0;
  let renditions = 0;
  let done = 0;
  const failures: ListedFailure[] = [];
  let start = 0;
  for (let end = results.indexOf('\n'); end !== -1; start = end + 1, end = results.indexOf('\n', start)) {
    const {
      status,
      source,
      error,
      reason,
      renditions: written,
    } = ResultLineSchema.parse(JSON.parse(results.toString('utf8', start, end)));
    counts[status] += 1;
    if (error?.code === 'CANCELLED') cancelled += 1;
    if (reason === 'already-done') done += 1;
    if (status === 'succeeded') renditions += written.length;
    if (error !== undefined && failures.length < limits.maxFailuresInReport) failures.push({ source, ...error });
  }
  const imagesRead = counts.succeeded + counts.failed + counts.skipped - cancelled - done;
  return { counts, cancelled, renditions, imagesRead, failures };
}
