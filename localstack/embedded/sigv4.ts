import { createHash, createHmac } from 'node:crypto';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** What a credential scope says: `AKID/20261123/us-east-1/s3/aws4_request`. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** A request as Signature Version 4 sees it. */
export interface SignableRequest {
  readonly method: string;
  /** The path as sent, still percent-encoded. */
  readonly rawPath: string;
  /** The query as sent, without the question mark. */
  readonly rawQuery: string;
  /** Name and value alternating, as node:http gives them. */
  readonly rawHeaders: readonly string[];
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export function hmac(key: string | Uint8Array, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

const MAX_CACHED_KEYS = 1000;
const signingKeys = new Map<string, Buffer>();

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#derive-signing-key
 * Kept, as it is the same for a day: deriving it takes longer than the signature itself.
 */
export function signingKey(secretAccessKey: string, scope: CredentialScope): Buffer {
  const id = `${scopeText(scope)}/${secretAccessKey}`;
  const known = signingKeys.get(id);
  if (known !== undefined) return known;
  const date = hmac(`AWS4${secretAccessKey}`, scope.date);
  const key = hmac(hmac(hmac(date, scope.region), scope.service), 'aws4_request');
  if (signingKeys.size >= MAX_CACHED_KEYS) signingKeys.clear();
  signingKeys.set(id, key);
  return key;
}

export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

/** The hex signature of a whole request. */
export function signRequest(
  request: SignableRequest,
  signed: { readonly headers: readonly string[]; readonly payloadHash: string; readonly timestamp: string },
  key: Uint8Array,
  scope: CredentialScope,
): string {
  const canonical = [
    request.method,
    request.rawPath,
    canonicalQuery(request.rawQuery),
    ...canonicalHeaders(request.rawHeaders, signed.headers),
    '',
    signed.headers.join(';'),
    signed.payloadHash,
  ].join('\n');
  const toSign = [ALGORITHM, signed.timestamp, scopeText(scope), sha256Hex(canonical)].join('\n');
  return hmac(key, toSign).toString('hex');
}

function canonicalHeaders(rawHeaders: readonly string[], names: readonly string[]): string[] {
  const values = new Map<string, string[]>(names.map((name) => [name, []]));
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const value = (rawHeaders[i + 1] ?? '').trim().replaceAll(/ +/gu, ' ');
    values.get((rawHeaders[i] ?? '').toLowerCase())?.push(value);
  }
  return names.map((name) => `${name}:${(values.get(name) ?? []).join(',')}`);
}

function canonicalQuery(rawQuery: string): string {
  if (rawQuery === '') return '';
  return rawQuery
    .split('&')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [canonicalEncode(name), canonicalEncode(value.join('='))] as const;
    })
    .filter(([name]) => name !== 'X-Amz-Signature')
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Decodes what the client sent and encodes it as Signature Version 4 wants it (RFC 3986: also `!'()*`). */
function canonicalEncode(encoded: string): string {
  return encodeURIComponent(decodeURIComponent(encoded)).replaceAll(
    /[!'()*]/gu,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
