import { SQSClient } from '@aws-sdk/client-sqs';
import type { S3Client } from '@aws-sdk/client-s3';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MessageQueue } from '../shared/aws/message-queue.ts';
import { JobClient } from '../shared/client/job-client.ts';
import { parseJson } from '../shared/core/parse-json.ts';
import { CliError } from './cli-error.ts';
import { createLocalS3Client, localAccess, type LocalStack } from './local-stack.ts';
import type { SubmitTarget } from './submit-request.ts';

/** How other commands find the stack that `fanlight dev` keeps running: a file in its data folder, as long as it runs. */
const RunningStackSchema = z.strictObject({
  v: z.literal(2),
  url: z.string(),
  uploadsBucket: z.string(),
  resultsBucket: z.string(),
  receiptsQueueUrl: z.string(),
  manifestsPrefix: z.string(),
  sourcesPrefix: z.string(),
});
type RunningStack = z.infer<typeof RunningStackSchema>;

const fileOf = (dataDir: string): string => join(dataDir, 'running.json');

/** Lets other commands find the stack until the result is called. */
export async function announceStack(dataDir: string, local: LocalStack): Promise<() => Promise<void>> {
  const { stack, uploadsBucket, resultsBucket, receiptsQueueUrl, manifestsPrefix, sourcesPrefix } = local;
  const names = { uploadsBucket, resultsBucket, receiptsQueueUrl, manifestsPrefix, sourcesPrefix };
  const running: RunningStack = { v: 2, url: stack.url, ...names };
  await writeFile(fileOf(dataDir), JSON.stringify(running));
  return () => rm(fileOf(dataDir), { force: true });
}

async function findStack(dataDir: string): Promise<RunningStack> {
  let text: string;
  try {
    text = await readFile(fileOf(dataDir), 'utf8');
  } catch (cause) {
    const message = `no stack is running over ${dataDir}; start one with fanlight dev, or name its folder with --data`;
    throw new CliError('STACK_FAILED', message, { cause });
  }
  const { data } = RunningStackSchema.safeParse(parseJson(text));
  if (data !== undefined) return data;
  throw new CliError('STACK_FAILED', `the stack over ${dataDir} is of another version; start fanlight dev again`);
}

const connectionErrors = /ECONNREFUSED|ECONNRESET|EPIPE/;

/** The stack's process may have been killed, and its file have stayed. */
function notRunning(thrown: unknown, url: string): unknown {
  const text =
    thrown instanceof Error ? `${thrown.name} ${thrown.message} ${'code' in thrown ? String(thrown.code) : ''}` : '';
  if (!connectionErrors.test(text)) return thrown;
  return new CliError('STACK_FAILED', `the stack at ${url} does not answer; start it again with fanlight dev`, {
    cause: thrown,
  });
}

/**
 * Does something with the jobs of the stack that runs over a data folder.
 *
 * @throws CliError STACK_FAILED when there is none
 */
export async function withRunningStack<Result>(
  dataDir: string,
  work: (jobs: JobClient, target: SubmitTarget) => Promise<Result>,
): Promise<Result> {
  const { url, uploadsBucket, resultsBucket, receiptsQueueUrl, ...prefixes } = await findStack(dataDir);
  const s3: S3Client = createLocalS3Client(url);
  const sqs = new SQSClient({ ...localAccess, endpoint: url });
  try {
    const receiptsQueue = new MessageQueue(sqs, receiptsQueueUrl);
    const client = new JobClient({ s3, uploadsBucket, resultsBucket, receiptsQueue });
    return await work(client, { client, s3, uploadsBucket, ...prefixes });
  } catch (error) {
    throw notRunning(error, url);
  } finally {
    s3.destroy();
    sqs.destroy();
  }
}
