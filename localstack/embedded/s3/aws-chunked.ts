import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import { hmac, scopeText, sha256Hex } from '../sigv4.ts';
import { signatureMismatch } from '../sigv4-verify.ts';
import type { Authenticated } from '../sigv4-verify.ts';

const MAX_LINE_BYTES = 16_384;
const EMPTY_SHA256 = sha256Hex('');

/** Chains the signatures of chunks: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
class ChunkSignatures {
  readonly #authenticated: Authenticated;
  #previous: string;

  constructor(authenticated: Authenticated) {
    this.#authenticated = authenticated;
    this.#previous = authenticated.signature;
  }

  verifyChunk(signature: string | undefined, payloadHash: string): void {
    this.#verify('AWS4-HMAC-SHA256-PAYLOAD', [EMPTY_SHA256, payloadHash], signature);
  }

  verifyTrailer(signature: string | undefined, trailerHash: string): void {
    this.#verify('AWS4-HMAC-SHA256-TRAILER', [trailerHash], signature);
  }

  #verify(algorithm: string, hashes: readonly string[], signature: string | undefined): void {
    const { timestamp, scope, key } = this.#authenticated;
    const toSign = [algorithm, timestamp, scopeText(scope), this.#previous, ...hashes].join('\n');
    const expected = hmac(key, toSign).toString('hex');
    if (signature !== expected) throw signatureMismatch();
    this.#previous = expected;
  }
}

/** Reads lines and counted bytes from a stream of chunks. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    let end = this.#rest.indexOf('\r\n');
    while (end < 0) {
      if (this.#rest.length > MAX_LINE_BYTES) throw incomplete('a chunk header is too long');
      await this.#more();
      end = this.#rest.indexOf('\r\n');
    }
    const line = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    return line;
  }

  async *bytes(count: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0) await this.#more();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw incomplete('the body ends in the middle of a chunk');
    this.#rest = this.#rest.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#rest, next.value]);
  }
}

function incomplete(reason: string): AwsError {
  return new AwsError(
    'IncompleteBody',
    400,
    `You did not provide the number of bytes specified by the Content-Length HTTP header (${reason})`,
  );
}

/**
 * Decodes `Content-Encoding: aws-chunked`: yields the payload, checks chunk signatures where the payload is declared
 * signed, and hands over the trailing headers (names in lower case) at the end.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Uint8Array>,
  authenticated: Authenticated,
  onTrailer: (name: string, value: string) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const reader = new ByteReader(source);
  const signatures = authenticated.payloadHash.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
    ? new ChunkSignatures(authenticated)
    : undefined;
  for (;;) {
    const header = /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/u.exec(await reader.line());
    if (header === null) throw incomplete('a chunk header is malformed');
    const size = Number.parseInt(header[1] ?? '', 16);
    const hash = createHash('sha256');
    for await (const piece of reader.bytes(size)) {
      if (signatures !== undefined) hash.update(piece);
      yield piece;
    }
    signatures?.verifyChunk(header[2], hash.digest('hex'));
    if (size === 0) break;
    if ((await reader.line()) !== '') throw incomplete('a chunk is longer than its header says');
  }
  await readTrailers(reader, authenticated.payloadHash.endsWith('-TRAILER') ? signatures : undefined, onTrailer);
}

async function readTrailers(
  reader: ByteReader,
  signatures: ChunkSignatures | undefined,
  onTrailer: (name: string, value: string) => void,
): Promise<void> {
  let signed = '';
  let verified = signatures === undefined;
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      signatures?.verifyTrailer(value, sha256Hex(signed));
      verified = true;
    } else {
      signed += `${name}:${value}\n`;
      onTrailer(name, value);
    }
  }
  if (!verified) throw signatureMismatch();
}
