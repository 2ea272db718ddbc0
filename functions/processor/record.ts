import type { StateStore } from '../../shared/aws/state-store.ts';
import type { Notice } from '../../shared/core/notice.ts';
import { noticeOf, serializeReceipt, type Engine, type Receipt } from '../../shared/core/receipt.ts';
import type { Shard } from '../../shared/core/shard.ts';
import type { SettledImage } from './process-image.ts';

/** Where and when a delivery was worked on. */
export interface DeliveryTrace {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly environment: string;
  readonly engine: Engine | undefined;
}

/** The receipt of the images that a delivery settled; at least one. */
export function receiptOf(shard: Shard, images: readonly SettledImage[], trace: DeliveryTrace): Receipt {
  const sum = (of: (image: SettledImage) => number) => images.reduce((total, image) => total + of(image), 0);
  return {
    v: 1,
    ...(shard.job === undefined ? {} : { job: shard.job }),
    route: shard.route,
    part: shard.part,
    shard: shard.shard,
    hop: shard.hop,
    outcomes: images.map(({ outcome }) => outcome).toSorted((a, b) => a.ordinal - b.ordinal),
    bytesIn: sum((image) => image.bytesIn),
    bytesOut: sum((image) => image.bytesOut),
    computeMs: Math.round(sum((image) => image.computeMs)),
    startedAt: trace.startedAt.toISOString(),
    finishedAt: trace.finishedAt.toISOString(),
    environment: trace.environment,
    ...(trace.engine === undefined ? {} : { engine: trace.engine }),
  };
}

/**
 * Makes a receipt durable. Its name holds its content's hash, so finding it written already is success too.
 *
 * @returns the notice to send from then on; none for single uploads, whose outcomes nobody collects
 */
export async function writeReceipt(results: StateStore, receipt: Receipt, partImages: number): Promise<Notice[]> {
  const { key, name, body } = serializeReceipt(receipt);
  await results.create(key, body);
  const { job } = receipt;
  return job === undefined ? [] : [noticeOf({ ...receipt, job }, name, partImages)];
}
