import type { IncomingMessage } from 'node:http';
import { FanlightError } from '../../../shared/core/errors.ts';
import { Unavailable } from '../unavailable.ts';

const missing: readonly number[] = [404, 410];
const denied: readonly number[] = [401, 403, 451];
const redirects: readonly number[] = [301, 302, 303, 307, 308];
/** Beside all from 500 on. */
const transient: readonly number[] = [408, 425, 429];

/** Where an answer sends one on to: not yet judged. Undefined for any other answer. */
export function redirectOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return redirects.includes(statusCode) ? headers.location : undefined;
}

export function tooLarge(maxBytes: number): FanlightError {
  return new FanlightError('TOO_LARGE', `the file has more than the ${maxBytes} bytes of one image`);
}

/**
 * Refuses what is known to bring no image before any of it is read.
 *
 * @throws FanlightError when there will be no image; Unavailable
 */
export function refuseOtherAnswers(host: string, { statusCode = 0, headers }: IncomingMessage, maxBytes: number): void {
  if (missing.includes(statusCode)) throw new FanlightError('NOT_FOUND', `${host} has no such file (${statusCode})`);
  if (denied.includes(statusCode)) throw new FanlightError('ACCESS_DENIED', `${host} denies access (${statusCode})`);
  if (statusCode >= 500 || transient.includes(statusCode))
    throw new Unavailable(new Error(`${host} is unavailable (${statusCode})`));
  if (statusCode !== 200)
    throw new FanlightError('URL_REFUSED', `${host} answered ${statusCode}, where only 200 brings an image`);
  const encoding = headers['content-encoding'] ?? 'identity';
  // Unpacking would need a limit of its own, and no image gains by it.
  if (encoding.toLowerCase() !== 'identity')
    throw new FanlightError('URL_REFUSED', `${host} compressed the file, which it was asked not to do`);
  // Node's parser has refused what is not a number.
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}
