import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { z } from 'zod';

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: a synchronous response, 6 MB and the
 * envelope.
 */
export const MAX_RESPONSE_BYTES = 6_291_556;

export interface NextInvocation {
  readonly requestId: string;
  readonly payload: string;
  /** Epoch milliseconds of the machine's own clock, which the handler compares with. */
  readonly deadlineMs: number;
  readonly functionArn: string;
  readonly traceHeader: string;
  /** What the stack's clock is ahead of the machine's. */
  readonly clockOffsetMs: number;
}

/** What one execution environment does with the requests of its runtime. */
export interface RuntimeListener {
  /** The runtime is ready for work, which goes to `deliver` sooner or later. */
  onNext(deliver: (invocation: NextInvocation) => void): void;
  /**
   * False when this is not the id of the running invocation. `body` is undefined when it is longer than Lambda allows.
   */
  onResponse(requestId: string, body: string | undefined): boolean;
  onError(requestId: string, body: string): boolean;
  onInitError(body: string): void;
}

/**
 * The Lambda Runtime API for all environments of a stack, each under a path of its own that nobody else knows.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  readonly #server: Server;
  readonly #port: number;
  readonly #listeners = new Map<string, RuntimeListener>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
    server.on('request', (req: IncomingMessage, res: ServerResponse) => void this.#serve(req, res));
  }

  static async open(): Promise<RuntimeApi> {
    // A frozen runtime keeps its connections for as long as it takes: no timeout may close them.
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new RuntimeApi(server, z.object({ port: z.number() }).parse(server.address()).port);
  }

  /** Returns the value of the environment's AWS_LAMBDA_RUNTIME_API. */
  register(listener: RuntimeListener): string {
    const token = randomUUID();
    this.#listeners.set(token, listener);
    return `127.0.0.1:${this.#port}/${token}`;
  }

  unregister(address: string): void {
    this.#listeners.delete(address.slice(address.indexOf('/') + 1));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [, token = '', version, kind, resource, ...rest] = (req.url ?? '').split('/');
    const listener = this.#listeners.get(token);
    const body = await readBody(req, MAX_RESPONSE_BYTES);
    if (listener === undefined || version !== '2018-06-01' || kind !== 'runtime') return answer(res, 404, 'NotFound');
    const route = `${req.method ?? ''} ${[resource, ...rest.slice(-1)].join('/')}`;
    const requestId = decodeURIComponent(rest[0] ?? '');
    switch (route) {
      case 'GET invocation/next':
        return listener.onNext((invocation) => sendInvocation(res, invocation));
      case 'POST invocation/response':
        return listener.onResponse(requestId, body)
          ? answer(res, body === undefined ? 413 : 202, body === undefined ? 'RequestEntityTooLarge' : undefined)
          : answer(res, 400, 'InvalidRequestID');
      case 'POST invocation/error':
        return listener.onError(requestId, body ?? '') ? answer(res, 202) : answer(res, 400, 'InvalidRequestID');
      case 'POST init/error':
        listener.onInitError(body ?? '');
        return answer(res, 202);
      default:
        return answer(res, 404, 'NotFound');
    }
  }
}

function sendInvocation(res: ServerResponse, invocation: NextInvocation): void {
  const { requestId, deadlineMs, functionArn, traceHeader, clockOffsetMs } = invocation;
  res.writeHead(200, {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Aws-Request-Id': requestId,
    'Lambda-Runtime-Deadline-Ms': String(deadlineMs),
    'Lambda-Runtime-Invoked-Function-Arn': functionArn,
    'Lambda-Runtime-Trace-Id': traceHeader,
    'Embedded-Clock-Offset-Ms': String(clockOffsetMs),
  });
  res.end(invocation.payload);
}

function answer(res: ServerResponse, status: number, errorType?: string): void {
  const body = errorType === undefined ? { status: 'OK' } : { errorType, errorMessage: errorType };
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}

/** Undefined when it is longer than `maxBytes`; the rest is read and dropped. */
async function readBody(req: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const source: AsyncIterable<Buffer> = req;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
    }
  } catch {
    return ''; // the runtime died while it was sending: its exit is what gets reported
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}
