import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import type { Bodies, Segment } from './bodies.ts';
import { algorithmOfHeader, declaredChecksum, requireWellFormed, startChecksum } from './checksums.ts';
import type { Checksum, ChecksumAlgorithm, DeclaredChecksum } from './checksums.ts';
import { badDigest, invalidRequest, malformedXml } from './errors.ts';
import type { S3Request } from './request.ts';

/** 5 GiB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_BODY_BYTES = 5 * 1024 ** 3;
/** DeleteObjects with 1,000 keys of 1,024 bytes, percent-escaped, stays below it. */
const MAX_DOCUMENT_BYTES = 4 * 1024 ** 2;

export interface ReceivedBody {
  readonly segment: Segment;
  readonly md5: Buffer;
  readonly checksum: Checksum | undefined;
}

/** What a request says about its payload, to be compared with what arrives. */
class PayloadCheck {
  readonly #md5 = createHash('md5');
  readonly #expectedMd5: Buffer | undefined;
  readonly #sha256: Hash | undefined;
  readonly #expectedSha256: string;
  readonly #algorithm: ChecksumAlgorithm | undefined;
  readonly #checksum: ReturnType<typeof startChecksum> | undefined;
  readonly #expectedBytes: number;
  #expectedChecksum: string | undefined;
  #bytes = 0;

  constructor(request: S3Request, declared: DeclaredChecksum | undefined) {
    this.#expectedMd5 = contentMd5(request.headers['content-md5']);
    this.#expectedSha256 = request.authenticated.payloadHash;
    this.#sha256 = /^[0-9a-f]{64}$/u.test(this.#expectedSha256) ? createHash('sha256') : undefined;
    if (declared !== undefined) requireWellFormed(declared.algorithm, declared.value);
    const trailer = request.header('x-amz-trailer');
    this.#algorithm = declared?.algorithm ?? (trailer === undefined ? undefined : trailerAlgorithm(trailer));
    this.#checksum = this.#algorithm === undefined ? undefined : startChecksum(this.#algorithm);
    this.#expectedChecksum = declared?.value;
    this.#expectedBytes = declaredBytes(request);
  }

  async *pass(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source) {
      this.#bytes += chunk.length;
      if (this.#bytes > this.#expectedBytes) break;
      this.#md5.update(chunk);
      this.#sha256?.update(chunk);
      this.#checksum?.update(chunk);
      yield chunk;
    }
    if (this.#bytes !== this.#expectedBytes)
      throw new AwsError(
        'IncompleteBody',
        400,
        `The request declares ${this.#expectedBytes} bytes and its body has ${this.#bytes}`,
      );
  }

  trailer(name: string, value: string): void {
    if (algorithmOfHeader(name) !== this.#algorithm || this.#algorithm === undefined) return;
    requireWellFormed(this.#algorithm, value);
    this.#expectedChecksum = value;
  }

  /** Throws unless everything declared holds. */
  finish(): { md5: Buffer; checksum: Checksum | undefined } {
    const md5 = this.#md5.digest();
    if (this.#expectedMd5?.equals(md5) === false) throw badDigest('Content-MD5');
    if (this.#sha256 !== undefined && this.#sha256.digest('hex') !== this.#expectedSha256)
      throw new AwsError(
        'XAmzContentSHA256Mismatch',
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    if (this.#algorithm === undefined || this.#checksum === undefined) return { md5, checksum: undefined };
    const value = Buffer.from(this.#checksum.digest()).toString('base64');
    if (this.#expectedChecksum === undefined)
      throw invalidRequest('The trailer named in x-amz-trailer is missing from the body');
    if (this.#expectedChecksum !== value) throw badDigest(this.#algorithm);
    return { md5, checksum: { algorithm: this.#algorithm, value, type: 'FULL_OBJECT' } };
  }
}

/** Streams a request's payload to disk and verifies it; nothing is kept when it is not what the request declares. */
export async function receiveBody(request: S3Request, bodies: Bodies): Promise<ReceivedBody> {
  const check = new PayloadCheck(request, declaredChecksum(request.headers));
  const segment = await bodies.write(check.pass(payloadOf(request, check)));
  return bodies.adopt([segment], () => ({ segment, ...check.finish() }));
}

/**
 * Reads the XML document of a request.
 * @param checksumIsOfDocument false where the checksum header speaks of the object (CompleteMultipartUpload).
 */
export async function receiveDocument(request: S3Request, checksumIsOfDocument = true): Promise<string> {
  const check = new PayloadCheck(request, checksumIsOfDocument ? declaredChecksum(request.headers) : undefined);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of check.pass(payloadOf(request, check))) {
    size += chunk.length;
    if (size > MAX_DOCUMENT_BYTES) throw malformedXml(`it is larger than ${MAX_DOCUMENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  check.finish();
  return Buffer.concat(chunks).toString('utf8');
}

function payloadOf(request: S3Request, check: PayloadCheck): AsyncIterable<Uint8Array> {
  return request.authenticated.payloadHash.startsWith('STREAMING-')
    ? decodeAwsChunked(request.body, request.authenticated, (name, value) => check.trailer(name, value))
    : request.body;
}

function trailerAlgorithm(trailer: string): ChecksumAlgorithm {
  const algorithm = algorithmOfHeader(trailer.toLowerCase());
  if (algorithm === undefined)
    throw invalidRequest(`The value specified in x-amz-trailer is not supported (${trailer})`);
  return algorithm;
}

function declaredBytes(request: S3Request): number {
  const decoded = request.header('x-amz-decoded-content-length');
  const text = request.authenticated.payloadHash.startsWith('STREAMING-') ? decoded : request.headers['content-length'];
  if (text === undefined || !/^\d+$/u.test(text))
    throw new AwsError('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.');
  const bytes = Number(text);
  if (bytes > MAX_BODY_BYTES)
    throw new AwsError('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
      ProposedSize: text,
      MaxSizeAllowed: String(MAX_BODY_BYTES),
    });
  return bytes;
}

function contentMd5(header: string | string[] | undefined): Buffer | undefined {
  if (header === undefined) return undefined;
  const digest = Buffer.from(String(header), 'base64');
  if (digest.length !== 16) throw new AwsError('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.');
  return digest;
}
