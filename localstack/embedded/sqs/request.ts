import type { z } from 'zod';
import type { Faults } from '../faults/faults.ts';
import { authorise } from '../iam/principals.ts';
import type { Principal } from '../iam/principals.ts';
import type { JsonRequest } from '../json-service.ts';
import { queueDoesNotExist, sqsError } from './errors.ts';
import type { QueueRef, Queues } from './queues.ts';

/** One SQS action: from the request's JSON to the response's; undefined for an empty response. */
export type SqsAction = (request: SqsRequest, queues: Queues) => unknown;

interface SqsRequestParts extends Omit<JsonRequest, 'action'> {
  readonly accountId: string;
  readonly region: string;
  readonly faults: Faults;
}

export function queueNameOf(queueUrl: string): string {
  return queueUrl.split('/').at(-1) ?? '';
}

/** An authenticated SQS request. */
export class SqsRequest {
  readonly principal: Principal;
  /** X-Ray trace header of the HTTP request. */
  readonly traceHeader: string | undefined;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  readonly #parts: SqsRequestParts;

  constructor(parts: SqsRequestParts) {
    this.principal = parts.principal;
    this.traceHeader = parts.traceHeader;
    this.signal = parts.signal;
    this.#parts = parts;
  }

  get senderId(): string {
    return this.#isOwners ? this.#parts.accountId : this.principal.arn;
  }

  /** What may go wrong with this request's messages; undefined for the account's owner, who is spared. */
  get faults(): Faults | undefined {
    return this.#isOwners ? undefined : this.#parts.faults;
  }

  get #isOwners(): boolean {
    return this.principal.policies === undefined;
  }

  input<T>(schema: z.ZodType<T>): T {
    const result = schema.safeParse(this.#parts.input);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw sqsError('InvalidParameterValue', `${issue?.path.join('.')}: ${issue?.message}`);
  }

  /** The queue that a URL addresses, if the policies allow the action on it. Throws AccessDenied, then QueueDoesNotExist. */
  queue(queueUrl: string, action: string, queues: Queues): QueueRef {
    const name = queueNameOf(queueUrl);
    this.authorise(action, name);
    const queue = queues.byName(name);
    if (queue === undefined) throw queueDoesNotExist();
    return queue;
  }

  authorise(action: string, queueName: string): void {
    const { accountId, region } = this.#parts;
    authorise(this.principal, action, `arn:aws:sqs:${region}:${accountId}:${queueName}`);
  }
}
