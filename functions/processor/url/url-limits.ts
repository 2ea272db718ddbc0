import { limits } from '../../../shared/core/limits.ts';

/** What one image of the web may take. */
export interface UrlLimits {
  /** Name resolution, TCP and TLS. */
  readonly connectMs: number;
  /** From the request to the end of the answer's headers. */
  readonly answerMs: number;
  /** Between two pieces of the body. */
  readonly silenceMs: number;
  /** With redirects and repetitions, without waiting for the host's turn. */
  readonly wholeMs: number;
  readonly maxBytes: number;
  readonly maxRedirects: number;
  /** Requests to one host at once, within an execution environment. */
  readonly requestsPerHost: number;
}

export const defaultUrlLimits: UrlLimits = {
  connectMs: 5_000,
  answerMs: 10_000,
  silenceMs: 10_000,
  wholeMs: 60_000,
  maxBytes: limits.maxImageBytes,
  maxRedirects: 5,
  // Fewer than the six that browsers open: many environments may ask the same host.
  requestsPerHost: 4,
};
