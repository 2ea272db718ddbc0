import type { Failure } from './outcome.ts';
import type { Receipt } from './receipt.ts';
import type { Source } from './source.ts';

/** What a failed receipt takes over from the shard that it is about. */
export interface ReceiptOrigin {
  readonly job?: string | undefined;
  readonly route: string;
  readonly part: number;
  readonly shard: string;
  readonly hop: number;
}

/**
 * The receipt of sources that are given up on without having been rendered.
 *
 * @param by what gives them up, in the place of an execution environment's name
 */
export function failedReceipt(
  { job, route, part, shard, hop }: ReceiptOrigin,
  sources: readonly Source[],
  failure: Failure,
  { by, at }: { by: string; at: string },
): Receipt {
  return {
    v: 1,
    ...(job === undefined ? {} : { job }),
    route,
    part,
    shard,
    hop,
    outcomes: sources.map(({ ordinal, name, attempts }) => ({
      ordinal,
      source: name,
      status: 'failed',
      error: failure,
      renditions: [],
      attempts: Math.max(1, attempts),
      durationMs: 0,
    })),
    bytesIn: 0,
    bytesOut: 0,
    computeMs: 0,
    startedAt: at,
    finishedAt: at,
    environment: by,
  };
}
