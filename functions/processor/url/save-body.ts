import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { FanlightError } from '../../../shared/core/errors.ts';
import { Interrupted } from '../unavailable.ts';
import { refuseOtherAnswers, tooLarge } from './answer.ts';
import type { Stopwatch } from './stopwatch.ts';
import type { UrlLimits } from './url-limits.ts';

export interface SavedUrl {
  readonly sizeBytes: number;
  /** SHA-256 of the bytes, in hex: a URL has no version that one could trust. */
  readonly version: string;
}

/** Chunks gather while one write is under way, as for objects of S3. */
const writeBufferBytes = 1_048_576;

/**
 * The body's own errors, told from those of the disk: what broke off is worth another try. Node ends a body that is shorter than
 * announced with an error, and gives no byte more.
 */
async function* received(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    throw new Interrupted(error);
  }
}

/**
 * Streams an answer's body into a file.
 *
 * @throws FanlightError when it brings no image; Unavailable; Interrupted; the reason of the watch's signal; what the disk says
 */
export async function saveBody(
  host: string,
  answer: IncomingMessage,
  path: string,
  limits: UrlLimits,
  watch: Stopwatch,
): Promise<SavedUrl> {
  refuseOtherAnswers(host, answer, limits.maxBytes);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  watch.phase(limits.silenceMs, 'the host stopped sending');
  async function* measured() {
    for await (const chunk of received(answer)) {
      watch.restart();
      sizeBytes += chunk.length;
      if (sizeBytes > limits.maxBytes) throw tooLarge(limits.maxBytes);
      hash.update(chunk);
      yield chunk;
    }
  }
  const file = createWriteStream(path, { highWaterMark: writeBufferBytes });
  try {
    await pipeline(measured, file, { signal: watch.signal });
  } catch (error) {
    watch.signal.throwIfAborted();
    throw error;
  }
  if (sizeBytes === 0) throw new FanlightError('EMPTY_SOURCE', 'the URL leads to a file without bytes');
  return { sizeBytes, version: hash.digest('hex') };
}
