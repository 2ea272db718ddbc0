import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { TLSSocket } from 'node:tls';
import packageJson from '../../../package.json' with { type: 'json' };
import { FanlightError } from '../../../shared/core/errors.ts';
import { Unavailable } from '../unavailable.ts';
import type { Stopwatch } from './stopwatch.ts';
import type { UrlLimits } from './url-limits.ts';

export interface Connector {
  readonly lookup: LookupFunction;
  readonly port: number;
  readonly agent: Agent;
}

/**
 * A connection for each request: its address is judged when it is made, and an idle one would not outlive the freeze of the execution
 * environment. Everything that environment variables and flags of Node can turn (proxies, certificates that nobody checks, lax
 * parsing) is set here or below.
 *
 * @param ca PEM of the authorities to trust; Node's own when absent
 */
export function createAgent(ca: string | undefined): Agent {
  return new Agent({
    keepAlive: false,
    autoSelectFamily: true,
    // A resumed session would be of the address that was judged then.
    maxCachedSessions: 0,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
  });
}

const headers = {
  'user-agent': `fanlight/${packageJson.version}`,
  accept: 'image/*,*/*;q=0.5',
  'accept-encoding': 'identity',
};
/** Node's default, whatever --max-http-header-size says. */
const maxHeaderBytes = 16_384;

/** What came before the headers were there. Addresses stay in the cause, for the log. */
function connectionError(host: string, thrown: Error, certificateError: string | undefined): Error {
  if (thrown instanceof FanlightError || thrown instanceof Unavailable) return thrown;
  const refuse = (what: string) => new FanlightError('URL_REFUSED', `the URL is refused: ${what}`, { cause: thrown });
  if (certificateError !== undefined) return refuse(`the certificate of ${host} does not hold (${certificateError})`);
  const code = 'code' in thrown ? String(thrown.code) : thrown.name;
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return refuse(`${host} speaks no TLS that is safe (${code})`);
  if (code.startsWith('HPE_')) return refuse(`the answer of ${host} is not valid HTTP (${code})`);
  return new Unavailable(new Error(`${host} could not be reached (${code})`, { cause: thrown }));
}

/** Why TLS refused; Node's types call it an Error, its code has the reason's name there. */
function certificateErrorOf(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const reason: unknown = socket.authorizationError;
  return typeof reason === 'string' ? reason : undefined;
}

/**
 * Sends a GET and gives the answer once its headers are there. The body is the caller's to read or to destroy.
 *
 * @throws FanlightError URL_REFUSED or NOT_FOUND; Unavailable; the reason of the watch's signal
 */
export async function exchange(
  url: URL,
  { lookup, port, agent }: Connector,
  limits: UrlLimits,
  watch: Stopwatch,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  watch.signal.throwIfAborted();
  watch.phase(limits.connectMs, 'the host was not connected in time');
  const sent = request({
    agent,
    lookup,
    host: url.hostname,
    servername: url.hostname,
    port,
    path: url.pathname + url.search,
    headers,
    maxHeaderSize: maxHeaderBytes,
    insecureHTTPParser: false,
    signal: watch.signal,
  });
  sent.once('socket', (socket) => {
    socket.once('secureConnect', () => watch.phase(limits.answerMs, 'the host did not answer in time'));
  });
  sent.once('response', resolve);
  // `on`: an error after the answer is the body's, which says so itself.
  sent.on('error', reject);
  sent.end();
  try {
    return await promise;
  } catch (error) {
    watch.signal.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    throw connectionError(url.hostname, error, certificateErrorOf(sent.socket));
  }
}
