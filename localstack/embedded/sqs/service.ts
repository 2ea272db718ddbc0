import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, isDiskFull } from '../aws-error.ts';
import type { Principals } from '../iam/principals.ts';
import { sha256Hex } from '../sigv4.ts';
import { authenticate } from '../sigv4-verify.ts';
import { sqsActions } from './actions.ts';
import { queryCode, sqsError, unsupportedOperation } from './errors.ts';
import type { Queues } from './queues.ts';
import { SqsRequest } from './request.ts';

const TARGET_PREFIX = 'AmazonSQS.';
/** A message of 1 MiB whose every character JSON escapes as six, and some room. */
const MAX_REQUEST_BYTES = 8 * 1024 ** 2;

export function isSqsRequest(req: IncomingMessage): boolean {
  return req.headers['x-amz-target']?.toString().startsWith(TARGET_PREFIX) === true;
}

interface SqsServiceOptions {
  readonly queues: Queues;
  readonly principals: Principals;
  readonly accountId: string;
  readonly region: string;
  readonly count: (action: string) => void;
}

/** The AWS JSON 1.0 protocol of SQS over the actions. */
export class SqsService {
  readonly #options: SqsServiceOptions;

  constructor(options: SqsServiceOptions) {
    this.#options = options;
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    let status = 200;
    let output: unknown;
    let headers = {};
    try {
      output = await this.#answer(req, res);
    } catch (error) {
      const { code, message, status: errorStatus } = toAwsError(error);
      status = errorStatus;
      output = { __type: `com.amazonaws.sqs#${code}`, message };
      headers = { 'x-amzn-query-error': `${queryCode(code)};${status < 500 ? 'Sender' : 'Receiver'}` };
    }
    const body = output === undefined ? '{}' : JSON.stringify(output);
    res.writeHead(status, {
      ...headers,
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amzn-requestid': randomUUID(),
    });
    res.end(body);
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<unknown> {
    const { queues, principals, accountId, region, count } = this.#options;
    const [rawPath = '', ...rest] = (req.url ?? '').split('?');
    const body = await readBody(req);
    const signable = { method: req.method ?? '', rawPath, rawQuery: rest.join('?'), rawHeaders: req.rawHeaders };
    const { principal } = authenticate(signable, req.headers, principals, sha256Hex(body));
    const name = String(req.headers['x-amz-target']).slice(TARGET_PREFIX.length);
    count(name);
    const action = sqsActions.get(name);
    if (action === undefined) throw unsupportedOperation(`The SQS action ${name}`);
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    const request = new SqsRequest({
      input: parseJson(body),
      principal,
      accountId,
      region,
      traceHeader: req.headers['x-amzn-trace-id']?.toString(),
      signal: gone.signal,
    });
    return action(request, queues);
  }
}

async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const source: AsyncIterable<Uint8Array> = req.iterator({ destroyOnReturn: false });
  for await (const chunk of source) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES)
      throw sqsError('RequestEntityTooLarge', `A request has at most ${MAX_REQUEST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw sqsError('SerializationException', `The request is not valid JSON (${String(error)})`);
  }
}

function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (isDiskFull(error))
    return new AwsError('InsufficientStorage', 507, "No space is left for the embedded stack's data directory");
  const reason = error instanceof Error ? error.message : String(error);
  return new AwsError('InternalError', 500, `We encountered an internal error. Please try again. (${reason})`);
}
