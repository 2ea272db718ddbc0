import { FanlightError } from '../../core/errors.ts';

/** Why a zip as a whole, or the bytes of one entry, cannot be read. */
export function corrupt(message: string, cause?: unknown): FanlightError {
  return new FanlightError('ARCHIVE_CORRUPT', message, cause === undefined ? {} : { cause });
}
