import { FanlightError } from '../../../shared/core/errors.ts';
import { checkUrl } from '../../../shared/core/url-policy.ts';
import { retried } from '../unavailable.ts';
import { isPublicAddress } from './address-policy.ts';
import { redirectOf } from './answer.ts';
import { createAgent, exchange, type Connector } from './exchange.ts';
import { HostSlots } from './host-slots.ts';
import { publicLookup, resolveHost, type ResolveHost } from './public-lookup.ts';
import { saveBody, type SavedUrl } from './save-body.ts';
import { Stopwatch } from './stopwatch.ts';
import { defaultUrlLimits, type UrlLimits } from './url-limits.ts';

/** Reads images of the web. Keep one for an execution environment: it counts the requests to each host. */
export interface UrlFetcher {
  /**
   * Streams what a URL leads to into a file, all of it or else an error; the file is then the caller's to remove.
   *
   * @throws FanlightError URL_REFUSED, NOT_FOUND, ACCESS_DENIED, TOO_LARGE or EMPTY_SOURCE; Unavailable when it is worth another
   * try later; the signal's reason
   */
  save(url: string, path: string, signal: AbortSignal): Promise<SavedUrl>;
}

/** All but `hosts` are for tests. None may ever come from the environment: a function must not be talked into trusting its loopback. */
export interface UrlFetcherOptions {
  /** As `checkUrl` takes them. */
  readonly hosts: readonly string[];
  readonly lookup?: ResolveHost;
  /** @default isPublicAddress */
  readonly isAllowedAddress?: (ip: string) => boolean;
  /** PEM. @default the authorities that Node trusts */
  readonly ca?: string;
  /** @default 443 */
  readonly port?: number;
  readonly limits?: Partial<UrlLimits>;
}

/** Where a redirect leads, judged like any other URL. */
function redirectTarget(location: string, from: URL, hosts: readonly string[]): URL {
  try {
    return checkUrl(URL.parse(location, from.href)?.href ?? location, hosts);
  } catch (error) {
    if (!(error instanceof FanlightError)) throw error;
    throw new FanlightError(error.code, `after a redirect, ${error.message}`, { cause: error });
  }
}

class HttpsFetcher implements UrlFetcher {
  readonly #hosts: readonly string[];
  readonly #connector: Connector;
  readonly #limits: UrlLimits;
  readonly #slots: HostSlots;

  constructor({ hosts, lookup, isAllowedAddress, ca, port, limits }: UrlFetcherOptions) {
    this.#hosts = hosts;
    this.#connector = {
      lookup: publicLookup(lookup ?? resolveHost, isAllowedAddress ?? isPublicAddress),
      port: port ?? 443,
      agent: createAgent(ca),
    };
    this.#limits = { ...defaultUrlLimits, ...limits };
    this.#slots = new HostSlots(this.#limits.requestsPerHost);
  }

  async save(url: string, path: string, signal: AbortSignal): Promise<SavedUrl> {
    const first = checkUrl(url, this.#hosts);
    const time = { leftMs: this.#limits.wholeMs };
    return await retried(signal, async () => {
      let next = first;
      for (let redirects = 0; redirects <= this.#limits.maxRedirects; redirects++) {
        const got = await this.#request(next, path, time, signal);
        if (!(got instanceof URL)) return got;
        next = got;
      }
      throw new FanlightError('URL_REFUSED', `the URL redirects more than ${this.#limits.maxRedirects} times`);
    });
  }

  /** The saved file, or where a redirect leads. */
  #request(url: URL, path: string, time: { leftMs: number }, signal: AbortSignal): Promise<SavedUrl | URL> {
    return this.#slots.hold(url.hostname, signal, async () => {
      const startedMs = performance.now();
      using watch = new Stopwatch(signal, time.leftMs);
      const answer = await exchange(url, this.#connector, this.#limits, watch);
      try {
        const location = redirectOf(answer);
        if (location !== undefined) return redirectTarget(location, url, this.#hosts);
        return await saveBody(url.hostname, answer, path, this.#limits, watch);
      } finally {
        answer.destroy(); // an unread body keeps its socket
        time.leftMs -= performance.now() - startedMs;
      }
    });
  }
}

export function createUrlFetcher(options: UrlFetcherOptions): UrlFetcher {
  return new HttpsFetcher(options);
}
