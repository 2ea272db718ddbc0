import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from './clock.ts';
import type { PolicyDocument } from './iam/policy.ts';
import type { Buckets } from './s3/buckets.ts';
import type { Queues } from './sqs/queues.ts';

export interface Principal {
  readonly arn: string;
  /** undefined = the account owner, who may do everything. */
  readonly policies?: readonly PolicyDocument[] | undefined;
}

export interface EndpointOptions {
  readonly dataDir: string;
  /** 0 (the default) takes any free port. */
  readonly port?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Default 000000000000. */
  readonly accountId?: string | undefined;
  /** Default us-east-1. */
  readonly region?: string | undefined;
}

/** Looks at a request before S3 and SQS do (and before any signature is checked); returns true if it has taken it. */
export type RequestHandler = (req: IncomingMessage, res: ServerResponse, url: URL) => boolean;

export interface Endpoint {
  readonly url: string;
  readonly port: number;
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  readonly buckets: Buckets;
  readonly queues: Queues;
  addPrincipal(accessKeyId: string, secretAccessKey: string, principal: Principal, sessionToken?: string): void;
  use(handler: RequestHandler): void;
  /** Requests so far by action: `PutObject`, `SendMessage`, … */
  requestCounts(): Record<string, number>;
  close(): Promise<void>;
}

export declare function openEndpoint(options: EndpointOptions): Promise<Endpoint>;
