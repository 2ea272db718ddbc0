import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { currentInvocation, type ServiceName } from './invocation.ts';

const configuration = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'simulation', secretAccessKey: 'simulation' },
};

export const queueUrl = (name: string): string => `https://sqs.us-east-1.amazonaws.com/000000000000/${name}`;

const sendTo =
  (service: ServiceName) =>
  (command: unknown, { abortSignal }: { abortSignal?: AbortSignal } = {}): Promise<unknown> =>
    currentInvocation().request(service, command, abortSignal);

// Real clients whose requests go to the world of the invocation that makes them. One for all worlds: making one takes a millisecond.
export const s3 = Object.assign(new S3Client(configuration), { send: sendTo('s3') });
export const sqs = Object.assign(new SQSClient(configuration), { send: sendTo('sqs') });
export const eventBridge = Object.assign(new EventBridgeClient(configuration), { send: sendTo('events') });
