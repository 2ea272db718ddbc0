import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, isDiskFull } from '../aws-error.ts';
import { disturbBody } from '../faults/body-faults.ts';
import type { Faults } from '../faults/faults.ts';
import { ConnectionReset, meetFaults } from '../faults/request-faults.ts';
import { tellTime } from '../iam/principals.ts';
import { authenticate } from '../sigv4-verify.ts';
import type { Signers } from '../sigv4-verify.ts';
import { s3Actions } from './actions.ts';
import { diskFull } from './errors.ts';
import { hostId } from './notifier.ts';
import { S3Request } from './request.ts';
import type { S3Response } from './request.ts';
import { addressOf, routeAction } from './routes.ts';
import type { S3Services } from './services.ts';
import { xmlDocument } from './xml.ts';

interface S3ServiceOptions extends Signers {
  readonly faults: Faults;
  readonly count: (action: string) => void;
}

/** The REST/XML protocol of S3 over the actions. */
export class S3Service {
  readonly #services: S3Services;
  readonly #options: S3ServiceOptions;

  constructor(services: S3Services, options: S3ServiceOptions) {
    this.#services = services;
    this.#options = options;
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    let response: S3Response;
    try {
      response = await this.#answer(req, res, requestId);
    } catch (error) {
      if (error instanceof ConnectionReset) throw error;
      response = errorResponse(toAwsError(error), req, requestId);
    }
    await send(response, req, res, requestId);
  }

  async #answer(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<S3Response> {
    const { clock, count, faults } = this.#options;
    const method = req.method ?? '';
    const [rawPath = '', ...rest] = (req.url ?? '').split('?');
    const rawQuery = rest.join('?');
    const query = new URLSearchParams(rawQuery);
    const address = addressOf(req.headers.host, rawPath);
    const authenticated = authenticate(
      { method, rawPath, rawQuery, rawHeaders: req.rawHeaders },
      req.headers,
      this.#options,
    );
    const headers = { ...hoistedHeaders(query), ...req.headers };
    const action = routeAction(method, address, query, headers);
    count(action);
    tellTime(res, authenticated.principal);
    const target = `${address.bucket}/${address.key}`;
    const faultable = { service: 's3', action, target, principal: authenticated.principal } as const;
    const beforeAnswer = await meetFaults(faults, clock, faultable);
    const request = new S3Request({
      ...address,
      query,
      headers,
      authenticated,
      requestId,
      // An unread rest is discarded after the response; destroying the request would cut the response off.
      body: req.iterator({ destroyOnReturn: false }),
    });
    const response = await s3Actions[action](request, this.#services);
    beforeAnswer();
    return disturbBody(faults, faultable, response);
  }
}

/**
 * A presigned URL carries headers such as `x-amz-meta-…` as query parameters. Checksums are left out: the SDK computes them
 * when it signs, of a body that it does not have yet.
 */
function hoistedHeaders(query: URLSearchParams): IncomingHttpHeaders {
  const names = [...query.keys()].filter((name) => /^x-amz-(?:meta-|tagging|storage-class|acl)/u.test(name));
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? '']));
}

function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (isDiskFull(error)) return diskFull();
  if (error instanceof URIError) return new AwsError('InvalidURI', 400, "Couldn't parse the specified URI.");
  const reason = error instanceof Error ? error.message : String(error);
  return new AwsError('InternalError', 500, `We encountered an internal error. Please try again. (${reason})`);
}

function errorResponse(error: AwsError, req: IncomingMessage, requestId: string): S3Response {
  if (error.status === 304) return { status: 304, headers: { etag: error.details.ETag } };
  const headers = { 'content-type': 'application/xml' };
  if (req.method === 'HEAD') return { status: error.status, headers };
  const body = xmlDocument(
    'Error',
    [
      ['Code', error.code],
      ['Message', error.message],
      ...Object.entries(error.details),
      ['Resource', req.url],
      ['RequestId', requestId],
      ['HostId', hostId],
    ],
    null,
  );
  return { status: error.status, headers, body };
}

async function send(response: S3Response, req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> {
  const { status, headers, body } = response;
  res.writeHead(status, {
    ...Object.fromEntries(Object.entries(headers ?? {}).filter(([, value]) => value !== undefined)),
    'x-amz-request-id': requestId,
    'x-amz-id-2': hostId,
    server: 'AmazonS3',
  });
  if (typeof body === 'object') await stream(body, res);
  else res.end(req.method === 'HEAD' ? undefined : body);
}

/** Like pipeline(), without its AbortController for every small object; stops reading when the client has gone. */
async function stream(body: AsyncIterable<Uint8Array>, res: ServerResponse): Promise<void> {
  for await (const chunk of body) {
    const more = res.write(chunk);
    if (res.destroyed) return;
    if (!more) await drained(res);
  }
  res.end();
}

async function drained(res: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
  });
}
