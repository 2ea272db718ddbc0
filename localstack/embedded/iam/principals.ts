import type { ServerResponse } from 'node:http';
import { AwsError } from '../aws-error.ts';
import type { Death } from '../faults/invocation-fate.ts';
import { evaluate } from './policy.ts';
import type { PolicyDocument } from './policy.ts';

export interface Principal {
  readonly arn: string;
  /** undefined = the account owner, who may do everything. */
  readonly policies?: readonly PolicyDocument[] | undefined;
  /** Who holds the access key, if that is an execution environment. */
  readonly process?: RequestingProcess | undefined;
}

export interface RequestingProcess {
  /** Told of each request, at which it may meet its end. */
  onRequest(): Death | undefined;
  /** What time it has, in epoch milliseconds. */
  now(): number;
}

interface AccessKey {
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  readonly principal: Principal;
}

/** The access keys that the endpoint knows, and what their holders may do. */
export class Principals {
  readonly #owner: Principal;
  readonly #accessKeys = new Map<string, AccessKey>();

  constructor(accountId: string) {
    this.#owner = { arn: `arn:aws:iam::${accountId}:root` };
  }

  add(accessKeyId: string, secretAccessKey: string, principal: Principal, sessionToken?: string): void {
    this.#accessKeys.set(accessKeyId, { secretAccessKey, sessionToken, principal });
  }

  remove(accessKeyId: string): void {
    this.#accessKeys.delete(accessKeyId);
  }

  /** An access key that was never added is the account owner's; its secret equals its id, as in `test`/`test`. */
  find(accessKeyId: string): AccessKey {
    return (
      this.#accessKeys.get(accessKeyId) ?? {
        secretAccessKey: accessKeyId,
        sessionToken: undefined,
        principal: this.#owner,
      }
    );
  }
}

/**
 * Answers a process with its own time. By the Date of a response SDKs correct their clock, and what failed while it was four
 * minutes wrong they repeat, whatever the error.
 */
export function tellTime(res: ServerResponse, { process }: Principal): void {
  if (process !== undefined) res.setHeader('date', new Date(process.now()).toUTCString());
}

/** Throws AccessDenied (403) unless the principal's policies allow the action. */
export function authorise(
  principal: Principal,
  action: string,
  resource: string,
  context: Readonly<Record<string, string>> = {},
): void {
  if (!isAllowed(principal, action, resource, context)) {
    throw new AwsError(
      'AccessDenied',
      403,
      `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ` +
        `because no identity-based policy allows the ${action} action`,
    );
  }
}

export function isAllowed(
  principal: Principal,
  action: string,
  resource: string,
  context: Readonly<Record<string, string>> = {},
): boolean {
  if (principal.policies === undefined) return true;
  const decision = evaluate(principal.policies, {
    action,
    resource,
    context: { 'aws:principalarn': principal.arn, 'aws:securetransport': 'false', ...context },
  });
  return decision === 'allow';
}
