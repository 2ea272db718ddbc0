import { FanlightError } from '../../shared/core/errors.ts';
import { limits } from '../../shared/core/limits.ts';
import type { TaggedSource } from '../../shared/core/tagged-source.ts';

/** A source whose bytes are named and counted, wherever they lie. */
export interface PinnedSource {
  readonly sizeBytes: number;
  /** Identifies the bytes. */
  readonly version: string;
  /** As tags of its renditions keep it. */
  readonly identity: TaggedSource;
  /**
   * Whether nothing newer is known by this name.
   *
   * @throws FanlightError when that cannot be read; Unavailable
   */
  readonly isCurrent: (signal: AbortSignal) => Promise<boolean>;
}

/** @throws FanlightError EMPTY_SOURCE, TOO_LARGE */
export function checkSize({ sizeBytes }: PinnedSource): void {
  if (sizeBytes === 0) throw new FanlightError('EMPTY_SOURCE', 'the image has no bytes');
  if (sizeBytes > limits.maxImageBytes)
    throw new FanlightError(
      'TOO_LARGE',
      `the image has ${sizeBytes} bytes (at most ${limits.maxImageBytes} are read for one)`,
    );
}
