import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import type { Endpoint } from '../../localstack/embedded/endpoint.ts';
import type { Clients } from './embedded-endpoint.ts';
import { ownerConfig } from './test-stack.ts';

/** Clients of a process that dies at its n-th request: that one and all after it are never made. */
export interface MortalClients extends Clients {
  /** From now on; the count starts anew. Infinity for a process that lives on. */
  dieAt(request: number): void;
  /** Requests asked for since then. */
  requests(): number;
}

export function mortalClients(endpoint: Endpoint): MortalClients {
  let limit = Infinity;
  let count = 0;
  const mortal =
    <Args, Output>(next: (args: Args) => Promise<Output>) =>
    async (args: Args): Promise<Output> => {
      count += 1;
      if (count >= limit) throw new Error('killed by the test');
      return next(args);
    };
  const config = { ...ownerConfig(endpoint.url), maxAttempts: 1 };
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const sqs = new SQSClient(config);
  const eventBridge = new EventBridgeClient(config);
  s3.middlewareStack.add(mortal, { step: 'initialize' });
  sqs.middlewareStack.add(mortal, { step: 'initialize' });
  eventBridge.middlewareStack.add(mortal, { step: 'initialize' });
  onTestFinished(() => {
    for (const client of [s3, sqs, eventBridge]) client.destroy();
  });
  return {
    s3,
    sqs,
    eventBridge,
    dieAt: (request) => {
      limit = request;
      count = 0;
    },
    requests: () => count,
  };
}
