import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { authorise } from '../iam/principals.ts';
import type { Authenticated } from '../sigv4-verify.ts';
import { bucketArn, objectArn } from './arn.ts';
import { invalidArgument, invalidRequest } from './errors.ts';
import type { EventCause } from './notifier.ts';
import { xmlDocument } from './xml.ts';
import type { XmlContent } from './xml.ts';

export interface S3Response {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders | undefined;
  readonly body?: string | AsyncIterable<Uint8Array> | undefined;
}

export function xmlResponse(root: string, content: XmlContent, headers: OutgoingHttpHeaders = {}): S3Response {
  return { status: 200, headers: { ...headers, 'content-type': 'application/xml' }, body: xmlDocument(root, content) };
}

type S3RequestParts = Pick<S3Request, 'bucket' | 'key' | 'query' | 'headers' | 'authenticated' | 'requestId' | 'body'>;

/** An authenticated S3 request, addressed to an action. */
export class S3Request {
  /** Empty where the action has none. */
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly authenticated: Authenticated;
  readonly requestId: string;
  readonly body: AsyncIterable<Uint8Array>;

  constructor(parts: S3RequestParts) {
    this.bucket = parts.bucket;
    this.key = parts.key;
    this.query = parts.query;
    this.headers = parts.headers;
    this.authenticated = parts.authenticated;
    this.requestId = parts.requestId;
    this.body = parts.body;
  }

  header(name: string): string | undefined {
    return this.headers[name]?.toString();
  }

  /** Throws AccessDenied unless the policies of whoever signed allow the action on this request's object. */
  authoriseObject(action: string, key: string = this.key): void {
    authorise(this.authenticated.principal, action, objectArn(this.bucket, key));
  }

  authoriseBucket(action: string, context: Readonly<Record<string, string>> = {}): void {
    authorise(this.authenticated.principal, action, bucketArn(this.bucket), context);
  }

  authoriseOther(action: string, resource: string): void {
    authorise(this.authenticated.principal, action, resource);
  }

  /** What an event says of the request that caused it. */
  cause(): EventCause {
    return {
      requestId: this.requestId,
      principalArn: this.authenticated.principal.arn,
      traceHeader: this.header('x-amzn-trace-id'),
    };
  }

  /** A required query parameter. */
  parameter(name: string): string {
    const value = this.query.get(name);
    if (value === null) throw invalidRequest(`The query parameter ${name} is missing`);
    return value;
  }

  /** A whole number between the bounds; undefined when the parameter is absent. */
  integer(name: string, min: number, max: number): number | undefined {
    const value = this.query.get(name);
    if (value === null || value === '') return undefined;
    const number = Number(value);
    if (!/^\d+$/u.test(value) || number < min || number > max)
      throw invalidArgument(`${name} must be an integer between ${min} and ${max}`, name, value);
    return number;
  }
}
