import { randomBytes } from 'node:crypto';
import type { Endpoint } from '../endpoint.ts';
import type { RequestingProcess } from '../iam/principals.ts';
import type { FunctionModel } from '../template/stack-model.ts';

/** Temporary credentials of a function's role. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface IssuedCredentials {
  readonly credentials: Credentials;
  /** The endpoint does not know them any more. */
  revoke(): void;
}

export type IssueCredentials = (process: RequestingProcess) => IssuedCredentials;

/**
 * Credentials as Lambda gets them from STS, for each environment its own; the endpoint checks the policies of the
 * function's role.
 */
export function credentialsOf({ name, role }: FunctionModel, endpoint: Endpoint): IssueCredentials {
  const arn = `arn:aws:sts::${endpoint.accountId}:assumed-role/${role.name}/${name}`;
  return (process) => {
    const credentials = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
      sessionToken: randomBytes(48).toString('base64url'),
    };
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    endpoint.addPrincipal(accessKeyId, secretAccessKey, { arn, policies: role.policies, process }, sessionToken);
    return { credentials, revoke: () => endpoint.removePrincipal(accessKeyId) };
  };
}
