import { z } from 'zod';
import { canonicalJson, shortHash } from './hash.ts';
import { limits } from './limits.ts';
import { clipFailure, type ReceiptNotice } from './notice.ts';
import { OutcomeSchema, type Outcome } from './outcome.ts';
import { OutcomeSet } from './outcome-set.ts';
import type { Shard } from './shard.ts';
import { receiptName, stateKey } from './state-key.ts';

/** Versions of what rendered: recorded, never hashed into an idempotency key (design 4.3). */
export const EngineSchema = z.strictObject({
  fanlight: z.string(),
  node: z.string(),
  sharp: z.string(),
  libvips: z.string(),
});
export type Engine = z.infer<typeof EngineSchema>;

/** The durable outcomes of some ordinals of one shard, written once. Times are ISO 8601 in UTC. */
export const ReceiptSchema = z.strictObject({
  v: z.literal(1),
  job: z.string().optional(),
  route: z.string(),
  part: z.int().nonnegative(),
  shard: z.string(),
  hop: z.int().nonnegative(),
  /** Sorted by ordinal, at least one. */
  outcomes: z.array(OutcomeSchema).min(1),
  bytesIn: z.int().nonnegative(),
  bytesOut: z.int().nonnegative(),
  /** Worker time of all images, in ms; with several workers more than the wall time. */
  computeMs: z.int().nonnegative(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Names the execution environment, for the timeline. */
  environment: z.string(),
  /** Absent when no image was rendered, as in the rescuer's receipts. */
  engine: EngineSchema.optional(),
});
export type Receipt = z.infer<typeof ReceiptSchema>;

/** A receipt ready to be written: its key, its name below the part, and its bytes. */
export interface SerializedReceipt {
  readonly key: string;
  readonly name: string;
  readonly body: string;
}

function ordinalRange(outcomes: readonly Outcome[]): { first: number; last: number } {
  const ordinals = outcomes.map((outcome) => outcome.ordinal);
  return { first: Math.min(...ordinals), last: Math.max(...ordinals) };
}

/** Names and serializes a receipt; the name holds range and content hash, so equal receipts meet and others never do. */
export function serializeReceipt(receipt: Receipt): SerializedReceipt {
  // Canonical, so that a receipt read back has the name that it was written under.
  const body = canonicalJson(receipt);
  const { first, last } = ordinalRange(receipt.outcomes);
  const hash = shortHash(body);
  const name = receiptName(receipt.shard, first, last, hash);
  const key =
    receipt.job === undefined
      ? stateKey.daily(receipt.route, receipt.finishedAt.slice(0, 10), `${receipt.shard}-${hash}`)
      : `${stateKey.receipts(receipt.job, receipt.part)}${name}.json`;
  return { key, name, body };
}

/** The receipt's name within its part, from its key; undefined for a key of another kind. */
export function receiptNameOfKey(key: string): string | undefined {
  return /\/receipts\/([^/]+\/\d+-\d+-[0-9a-f]+)\.json$/.exec(key)?.[1];
}

/** The notice that tells the collector of a receipt of a job. Stays below limits.maxNoticeBytes. */
export function noticeOf(receipt: Receipt & { job: string }, name: string, partImages: number): ReceiptNotice {
  const { first, last } = ordinalRange(receipt.outcomes);
  const set = new OutcomeSet(last - first + 1);
  for (const outcome of receipt.outcomes) set.add(outcome.ordinal - first, outcome.status);
  const failures = receipt.outcomes.flatMap(({ source, error }) => (error === undefined ? [] : [{ source, ...error }]));
  return {
    v: 1,
    kind: 'receipt',
    job: receipt.job,
    part: receipt.part,
    partImages,
    receipt: name,
    first,
    last,
    outcomes: set.encode(),
    bytesIn: receipt.bytesIn,
    bytesOut: receipt.bytesOut,
    computeMs: receipt.computeMs,
    failures: failures.slice(0, limits.maxFailuresInNotice).map(clipFailure),
  };
}

/** The sources of a shard that no outcome covers yet. */
export function withoutOutcome(shard: Shard, covered: ReadonlySet<number>): Shard['sources'] {
  return shard.sources.filter((source) => !covered.has(source.ordinal));
}
