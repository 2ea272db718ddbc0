import { timingSafeEqual } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import type { Clock } from './clock.ts';
import type { Principal, Principals } from './iam/principals.ts';
import { ALGORITHM, signingKey, signRequest } from './sigv4.ts';
import type { CredentialScope, SignableRequest } from './sigv4.ts';

/** A verified signature; the rest is what chunk signatures build on. */
export interface Authenticated {
  readonly principal: Principal;
  /** `x-amz-content-sha256`: a hex digest, `UNSIGNED-PAYLOAD` or one of the `STREAMING-…` words. */
  readonly payloadHash: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly scope: CredentialScope;
  readonly key: Uint8Array;
}

interface SignatureClaim {
  readonly scope: CredentialScope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: string;
  /** Seconds; only a presigned URL has it. */
  readonly expiresS: number | undefined;
  readonly sessionToken: string | undefined;
}

/** Who may sign, and what time it is. */
export interface Signers {
  readonly principals: Principals;
  readonly clock: Clock;
}

/** AWS refuses a request dated more than 15 minutes away from its own clock. */
const MAX_SKEW_MS = 900_000;
/** A presigned URL lives for a week at most. */
const MAX_EXPIRES_S = 604_800;

/**
 * Checks a request's Signature Version 4 (Authorization header or presigned URL) and tells who signed it.
 * Clients sign with the machine's time, functions with the stack's as it was when their invocation began: any time between
 * the two is fresh.
 * @param payloadHash of a body that was read before (SQS); undefined: taken from what the request claims (S3).
 */
export function authenticate(
  request: SignableRequest,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  { principals, clock }: Signers,
  payloadHash?: string,
): Authenticated {
  const query = new URLSearchParams(request.rawQuery);
  const claim = headers.authorization === undefined ? claimOfUrl(query) : claimOfHeader(headers);
  requireSignedHeaders(request.rawHeaders, claim.signedHeaders);
  requireFresh(claim, clock);
  const accessKey = principals.find(claim.scope.accessKeyId);
  if (accessKey.sessionToken !== undefined && accessKey.sessionToken !== claim.sessionToken)
    throw new AwsError('InvalidToken', 400, 'The provided token is malformed or otherwise invalid.');
  const hash = payloadHash ?? claimedPayloadHash(headers, query, claim);
  const key = signingKey(accessKey.secretAccessKey, claim.scope);
  const signed = { headers: claim.signedHeaders, payloadHash: hash, timestamp: claim.timestamp };
  const expected = Buffer.from(signRequest(request, signed, key, claim.scope));
  const given = Buffer.from(claim.signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) throw signatureMismatch();
  return {
    principal: accessKey.principal,
    payloadHash: hash,
    signature: claim.signature,
    timestamp: claim.timestamp,
    scope: claim.scope,
    key,
  };
}

export function signatureMismatch(): AwsError {
  return new AwsError(
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}

function claimOfHeader(headers: Readonly<Record<string, string | string[] | undefined>>): SignatureClaim {
  const authorization = String(headers.authorization);
  const match = /^AWS4-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]+)$/u.exec(
    authorization,
  );
  if (match === null)
    throw new AwsError('InvalidRequest', 400, `Please use ${ALGORITHM}: the Authorization header is not understood.`);
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  return {
    scope: parseScope(credential),
    signedHeaders: signedHeaders.split(';'),
    signature,
    timestamp: String(headers['x-amz-date'] ?? ''),
    expiresS: undefined,
    sessionToken: headers['x-amz-security-token']?.toString(),
  };
}

function claimOfUrl(query: URLSearchParams): SignatureClaim {
  if (query.get('X-Amz-Algorithm') !== ALGORITHM)
    throw new AwsError('AccessDenied', 403, 'Access Denied: the request is not signed with AWS Signature Version 4.');
  const expiresS = Number(query.get('X-Amz-Expires'));
  if (!Number.isInteger(expiresS) || expiresS < 1 || expiresS > MAX_EXPIRES_S)
    throw new AwsError('AuthorizationQueryParametersError', 400, `X-Amz-Expires must be 1 to ${MAX_EXPIRES_S} seconds`);
  return {
    scope: parseScope(query.get('X-Amz-Credential') ?? ''),
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: query.get('X-Amz-Signature') ?? '',
    timestamp: query.get('X-Amz-Date') ?? '',
    expiresS,
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
  };
}

function parseScope(credential: string): CredentialScope {
  const match = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/u.exec(credential);
  if (match === null)
    throw new AwsError('AuthorizationHeaderMalformed', 400, `The credential scope is malformed (given ${credential})`);
  const [, accessKeyId = '', date = '', region = '', service = ''] = match;
  return { accessKeyId, date, region, service };
}

/** Every `x-amz-` header takes part in the signature, or anybody on the way could add one. */
function requireSignedHeaders(rawHeaders: readonly string[], signedHeaders: readonly string[]): void {
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  const unsigned = names.filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw new AwsError('AccessDenied', 403, 'There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
  }
}

function requireFresh(claim: SignatureClaim, clock: Clock): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u.exec(claim.timestamp);
  if (match === null || !claim.timestamp.startsWith(claim.scope.date))
    throw new AwsError('AccessDenied', 403, 'AWS authentication requires a valid Date or x-amz-date header');
  const [, year, month, day, hour, minute, second] = match;
  const signedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const ageMs = Date.now() - signedMs;
  const isTooOld = claim.expiresS === undefined && ageMs > MAX_SKEW_MS;
  if (isTooOld || signedMs - clock.now() > MAX_SKEW_MS)
    throw new AwsError(
      'RequestTimeTooSkewed',
      403,
      "The difference between the request time and the server's time is too large.",
    );
  if (claim.expiresS !== undefined && ageMs > claim.expiresS * 1000)
    throw new AwsError('AccessDenied', 403, 'Request has expired', { 'X-Amz-Expires': String(claim.expiresS) });
}

function claimedPayloadHash(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  query: URLSearchParams,
  claim: SignatureClaim,
): string {
  const hash = query.get('X-Amz-Content-Sha256') ?? headers['x-amz-content-sha256']?.toString();
  if (hash !== undefined) return hash;
  if (claim.expiresS !== undefined) return 'UNSIGNED-PAYLOAD';
  throw new AwsError('InvalidRequest', 400, 'Missing required header for this request: x-amz-content-sha256');
}
