import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { openEndpoint } from '../../localstack/embedded/endpoint.ts';
import type { Endpoint, EndpointOptions } from '../../localstack/embedded/endpoint.ts';

export interface Clients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly eventBridge: EventBridgeClient;
}

export interface EmbeddedEndpoint extends Clients {
  readonly endpoint: Endpoint;
  readonly dataDir: string;
  /** Clients of another access key; its secret is `secret`. */
  clientsOf(accessKeyId: string, sessionToken?: string): Clients;
  /** Closes the endpoint and opens it again over the same data. */
  reopen(): Promise<EmbeddedEndpoint>;
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fanlight-endpoint-'));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** An endpoint on a free port with SDK clients of the account owner; all ends with the test. */
export async function embeddedEndpoint(options: Partial<EndpointOptions> = {}): Promise<EmbeddedEndpoint> {
  const dataDir = options.dataDir ?? (await temporaryDirectory());
  const endpoint = await openEndpoint({ ...options, dataDir });
  onTestFinished(async () => endpoint.close());
  return {
    endpoint,
    dataDir,
    ...clients(endpoint, { accessKeyId: 'test', secretAccessKey: 'test' }),
    clientsOf: (accessKeyId, sessionToken) =>
      clients(endpoint, {
        accessKeyId,
        secretAccessKey: 'secret',
        ...(sessionToken === undefined ? {} : { sessionToken }),
      }),
    reopen: async () => {
      await endpoint.close();
      return embeddedEndpoint({ ...options, dataDir });
    },
  };
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function clients({ url, region }: Endpoint, credentials: Credentials): Clients {
  const options = { endpoint: url, region, credentials, maxAttempts: 1 };
  const made = {
    s3: new S3Client({ ...options, forcePathStyle: true }),
    sqs: new SQSClient(options),
    eventBridge: new EventBridgeClient(options),
  };
  onTestFinished(() => {
    for (const client of Object.values(made)) client.destroy();
  });
  return made;
}
