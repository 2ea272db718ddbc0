import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { FanlightError } from '../../../shared/core/errors.ts';
import { Unavailable } from '../unavailable.ts';

/** All addresses of a host name; errors have getaddrinfo's codes. */
export type ResolveHost = (host: string) => Promise<readonly LookupAddress[]>;

const lookUp = promisify(lookup);

export const resolveHost: ResolveHost = (host) => lookUp(host, { all: true });

function resolutionError(host: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOTFOUND') return new FanlightError('NOT_FOUND', `the host ${host} does not exist`, { cause });
  return new Unavailable(new Error(`the host ${host} could not be looked up (${String(code)})`, { cause }));
}

async function publicAddresses(
  host: string,
  resolve: ResolveHost,
  isAllowed: (ip: string) => boolean,
): Promise<LookupAddress[]> {
  let addresses: readonly LookupAddress[];
  try {
    addresses = await resolve(host);
  } catch (error) {
    throw resolutionError(host, error);
  }
  if (addresses.length === 0) throw new FanlightError('NOT_FOUND', `the host ${host} has no address`);
  if (!addresses.every(({ address }) => isAllowed(address)))
    throw new FanlightError('URL_REFUSED', `the URL is refused: ${host} leads to a private address`);
  return [...addresses];
}

/**
 * The `lookup` of a connection: what it has judged is what is connected to, without a second resolution in between that could
 * answer otherwise. One bad address among good ones refuses all: the order of answers is not ours.
 */
export function publicLookup(resolve: ResolveHost, isAllowed: (ip: string) => boolean): LookupFunction {
  return (host, _options, callback) => {
    publicAddresses(host, resolve, isAllowed).then(
      // `autoSelectFamily` asks for all of them.
      (addresses) => callback(null, addresses),
      (error: Error) => callback(error, []),
    );
  };
}
