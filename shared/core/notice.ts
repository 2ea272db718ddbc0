import { z } from 'zod';
import { ErrorCodeSchema } from './errors.ts';

/** A failure as notices, statuses and reports list it. */
export const ListedFailureSchema = z.strictObject({
  source: z.string(),
  code: ErrorCodeSchema,
  message: z.string(),
});
export type ListedFailure = z.infer<typeof ListedFailureSchema>;

/** The front of a text that takes at most `maxBytes` as JSON, where a control character takes six bytes. Cuts between characters. */
function clipped(text: string, maxBytes: number): string {
  let bytes = 0;
  let front = '';
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > maxBytes) return front;
    front += character;
  }
  return front;
}

/** A failure cut to at most about 1,200 bytes, so that five of them leave room in a notice. */
export function clipFailure(failure: ListedFailure): ListedFailure {
  return { ...failure, source: clipped(failure.source, 600), message: clipped(failure.message, 500) };
}

/**
 * Message of the receipts queue. `receipt` tells of a durable receipt, with enough in it to keep a status without reading it;
 * `check` asks the collector to look at the state itself: of a part whose notices may be lost, or of a job just sealed.
 */
export const NoticeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('receipt'),
    job: z.string(),
    part: z.int().nonnegative(),
    partImages: z.int().positive(),
    /** Name of the receipt below the part: shard, range and content hash. */
    receipt: z.string(),
    first: z.int().nonnegative(),
    last: z.int().nonnegative(),
    /** OutcomeSet of the ordinals first … last, base64. */
    outcomes: z.string(),
    bytesIn: z.int().nonnegative(),
    bytesOut: z.int().nonnegative(),
    computeMs: z.int().nonnegative(),
    failures: z.array(ListedFailureSchema),
  }),
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('check'),
    job: z.string(),
    part: z.int().nonnegative().optional(),
  }),
]);
export type Notice = z.infer<typeof NoticeSchema>;
export type ReceiptNotice = Extract<Notice, { kind: 'receipt' }>;
export type CheckNotice = Extract<Notice, { kind: 'check' }>;
