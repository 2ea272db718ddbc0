import { S3Client } from '@aws-sdk/client-s3';
import { Agent } from 'node:http';
import { standardFaults } from '../localstack/embedded/faults/profiles.ts';
import { openStack } from '../localstack/embedded/stack.ts';
import type { Stack } from '../localstack/embedded/stack.ts';
import { StackLockedError } from '../localstack/embedded/stack-lock.ts';
import { CliError, isDiskFull } from './cli-error.ts';
import { findAssembly } from './find-assembly.ts';

/** What commands need to know of a stack: its outputs by what they are for. */
interface StackNames {
  readonly uploadsBucket: string;
  readonly resultsBucket: string;
  /** Below it a manifest becomes a job, and sources start nothing by themselves. */
  readonly manifestsPrefix: string;
  readonly sourcesPrefix: string;
  readonly queueUrls: readonly string[];
  readonly receiptsQueueUrl: string;
}

/** The embedded stack, open, with a client that talks to nothing else. */
export interface LocalStack extends StackNames {
  readonly stack: Stack;
  readonly s3: S3Client;
  close(): Promise<void>;
}

export interface LocalStackOptions {
  readonly signal: AbortSignal;
  readonly dataDir: string;
  readonly port?: number;
  /** Of the faults that the functions are to meet. */
  readonly faultSeed?: number | undefined;
  /** Whose https URLs manifests may name. */
  readonly urlHosts: readonly string[];
  /** Told in a few words before anything that takes long. */
  readonly onProgress: (message: string) => void;
  /** The stack cannot go on by itself. */
  readonly onFailure: (error: Error) => void;
}

/** Requests under way at once; uploads and downloads stay below. */
const maxSockets = 32;

/** Of silence, in ms: a large body may take long, but something always moves. */
const timeouts = { connectionTimeout: 3_000, socketTimeout: 20_000 } as const;

/** Everything is said here, so that no profile, endpoint or credential of the caller is looked for. */
export const localAccess = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
} as const;

function namesOf(outputs: Stack['outputs']): StackNames {
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new CliError('STACK_FAILED', `the stack's template has no output ${name}`);
    return value;
  };
  return {
    uploadsBucket: output('UploadsBucketName'),
    resultsBucket: output('ResultsBucketName'),
    manifestsPrefix: output('ManifestsPrefix'),
    sourcesPrefix: output('SourcesPrefix'),
    queueUrls: ['UploadsQueueUrl', 'ShardsQueueUrl', 'ReceiptsQueueUrl', 'RescueQueueUrl'].map(output),
    receiptsQueueUrl: output('ReceiptsQueueUrl'),
  };
}

/** What the SDK would print beside an error that it also throws. */
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The SDK's client for the embedded endpoint; the loopback needs no checksums beside the signature's. */
export function createLocalS3Client(endpoint: string): S3Client {
  return new S3Client({
    ...localAccess,
    endpoint,
    forcePathStyle: true,
    logger: silent,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets }), ...timeouts },
  });
}

/** @throws CliError STACK_FAILED, FOLDER_IN_USE, DISK_FULL */
export async function openLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { dataDir, faultSeed, urlHosts, port = 0, signal, onProgress, onFailure } = options;
  try {
    const stack = await openStack({
      assemblyDir: await findAssembly({ signal, onProgress }),
      dataDir,
      port,
      parameters: { UrlHosts: urlHosts.join(',') },
      faults: faultSeed === undefined ? undefined : standardFaults(faultSeed),
      onFailure: (error) => onFailure(stackError(error, options)),
    });
    const s3 = createLocalS3Client(stack.url);
    const close = async (): Promise<void> => {
      s3.destroy();
      await stack.close();
    };
    return { stack, s3, close, ...namesOf(stack.outputs) };
  } catch (error) {
    throw stackError(error, options);
  }
}

function stackError(thrown: unknown, { dataDir, port }: LocalStackOptions): Error {
  if (thrown instanceof CliError) return thrown;
  if (isDiskFull(thrown)) return new CliError('DISK_FULL', `the disk of ${dataDir} is full`, { path: dataDir });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof StackLockedError)
    return new CliError('FOLDER_IN_USE', `${message}; wait for it, or name another --out`, { cause: thrown });
  if (message.includes('EADDRINUSE'))
    return new CliError('STACK_FAILED', `port ${port} is in use; name another with --port`, { cause: thrown });
  return new CliError('STACK_FAILED', `the embedded stack failed: ${message}`, { cause: thrown });
}
