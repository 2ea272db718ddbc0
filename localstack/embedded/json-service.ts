import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';
import { AwsError, isDiskFull } from './aws-error.ts';
import type { Faults } from './faults/faults.ts';
import { ConnectionReset, meetFaults } from './faults/request-faults.ts';
import { tellTime } from './iam/principals.ts';
import type { Principal } from './iam/principals.ts';
import { sha256Hex } from './sigv4.ts';
import { authenticate } from './sigv4-verify.ts';
import type { Signers } from './sigv4-verify.ts';

/** An authenticated request of an API that speaks AWS JSON. */
export interface JsonRequest {
  readonly action: string;
  readonly input: unknown;
  readonly principal: Principal;
  /** X-Ray trace header of the HTTP request. */
  readonly traceHeader: string | undefined;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** What one API of the AWS JSON protocol is. Its functions throw AwsErrors for what clients are to see. */
export interface JsonApi {
  readonly service: 'sqs' | 'events';
  /** The action follows it in `X-Amz-Target`. */
  readonly targetPrefix: string;
  readonly contentType: string;
  readonly errorType: (code: string) => string;
  readonly errorHeaders: (error: AwsError) => OutgoingHttpHeaders;
  /** Name of what the request is about. */
  readonly targetOf: (input: unknown) => string;
  /** Undefined for an empty response. */
  readonly act: (request: JsonRequest) => unknown;
}

interface JsonServiceOptions extends Signers {
  readonly faults: Faults;
  readonly count: (action: string) => void;
}

/** A message of 1 MiB whose every character JSON escapes as six, and some room. */
const MAX_REQUEST_BYTES = 8 * 1024 ** 2;

/** The AWS JSON protocol over an API. */
export class JsonService {
  readonly #api: JsonApi;
  readonly #options: JsonServiceOptions;

  constructor(api: JsonApi, options: JsonServiceOptions) {
    this.#api = api;
    this.#options = options;
  }

  isFor(req: IncomingMessage): boolean {
    return req.headers['x-amz-target']?.toString().startsWith(this.#api.targetPrefix) === true;
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { contentType, errorHeaders, errorType } = this.#api;
    let status = 200;
    let output: unknown;
    let headers: OutgoingHttpHeaders = {};
    try {
      output = await this.#answer(req, res);
    } catch (thrown) {
      if (thrown instanceof ConnectionReset) throw thrown;
      const error = toAwsError(thrown);
      status = error.status;
      output = { __type: errorType(error.code), message: error.message };
      headers = errorHeaders(error);
    }
    const body = output === undefined ? '{}' : JSON.stringify(output);
    res.writeHead(status, {
      ...headers,
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      'x-amzn-requestid': randomUUID(),
    });
    res.end(body);
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<unknown> {
    const { service, targetPrefix, targetOf, act } = this.#api;
    const { clock, count, faults } = this.#options;
    const [rawPath = '', ...rest] = (req.url ?? '').split('?');
    const body = await readBody(req);
    const signable = { method: req.method ?? '', rawPath, rawQuery: rest.join('?'), rawHeaders: req.rawHeaders };
    const { principal } = authenticate(signable, req.headers, this.#options, sha256Hex(body));
    const action = String(req.headers['x-amz-target']).slice(targetPrefix.length);
    count(action);
    tellTime(res, principal);
    const input = parseJson(body);
    const beforeAnswer = await meetFaults(faults, clock, { service, action, target: targetOf(input), principal });
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    const traceHeader = req.headers['x-amzn-trace-id']?.toString();
    const output = await act({ action, input, principal, traceHeader, signal: gone.signal });
    beforeAnswer();
    return output;
  }
}

/** A text member of an input that is not checked yet; empty when there is none. */
export function textMember(input: unknown, name: string): string {
  const members = z.record(z.string(), z.unknown()).safeParse(input);
  const value = members.data?.[name];
  return typeof value === 'string' ? value : '';
}

async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const source: AsyncIterable<Uint8Array> = req.iterator({ destroyOnReturn: false });
  for await (const chunk of source) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES)
      throw new AwsError('RequestEntityTooLarge', 400, `A request has at most ${MAX_REQUEST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new AwsError('SerializationException', 400, `The request is not valid JSON (${String(error)})`);
  }
}

function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (isDiskFull(error))
    return new AwsError('InsufficientStorage', 507, "No space is left for the embedded stack's data directory");
  const reason = error instanceof Error ? error.message : String(error);
  return new AwsError('InternalError', 500, `We encountered an internal error. Please try again. (${reason})`);
}
