import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { ensureAssembly } from '../../infra/assembly.ts';
import { loadAssembly } from '../../localstack/embedded/template/assembly.ts';
import { readStack } from '../../localstack/embedded/template/read-stack.ts';
import { StateStore } from '../../shared/aws/state-store.ts';
import { embeddedEndpoint } from '../builders/embedded-endpoint.ts';
import { listenOn } from '../builders/https-listen.ts';
import { zipAnswers, type ServedArchive } from '../builders/zip-endpoint.ts';

const key = 'drops/shoot.zip';
const StepSchema = z.object({ failed: z.number(), peakRssBytes: z.number() });

export interface SplitArchive {
  readonly invocations: number;
  readonly shards: number;
  readonly archiveGets: number;
  /** Of all answers to them. */
  readonly archiveBytes: number;
  /** Before the first invocation. */
  readonly startRssBytes: number;
  readonly peakRssBytes: number;
  /** The stored plan, part by part. */
  readonly plan: readonly string[];
}

/** Hands a request on as it is: its signature holds for this host. */
function forward(to: string, from: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url: path } = from;
  const handed = request(to, { path, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  from.pipe(handed);
}

/**
 * The deployed splitter with the deployed environment, in a process of its own: archive and state are read and written over HTTP.
 *
 * @param invocationMs time of each invocation
 */
export async function splitByBundle(archive: ServedArchive, invocationMs: number): Promise<SplitArchive> {
  const { endpoint, s3 } = await embeddedEndpoint();
  const { answer, gets, bytesSent } = zipAnswers(archive);
  const server = createServer((from, response) => {
    if (from.method === 'GET' && from.url?.includes(key) === true) answer(from, response);
    else forward(endpoint.url, from, response);
  });
  const url = `http://127.0.0.1:${await listenOn(server, '127.0.0.1', 0)}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });

  const { accountId, region } = endpoint;
  const assembly = await loadAssembly((await ensureAssembly()).directory);
  const { queues, buckets, functions } = readStack(assembly, { accountId, region, endpointUrl: url });
  for (const { name } of queues) endpoint.queues.create(name, {});
  for (const { name } of buckets) endpoint.buckets.create(name);
  const splitter = functions.find(({ logicalId }) => logicalId.includes('Splitter'));
  if (splitter === undefined) throw new Error('the template has no splitter');
  const { codeDir, environment } = splitter;
  const {
    NODE_OPTIONS = '',
    UPLOADS_BUCKET = '',
    RESULTS_BUCKET = '',
    UPLOADS_QUEUE_URL,
    SHARDS_QUEUE_URL,
  } = environment;
  const arnOf = (queueUrl: string | undefined) => queues.find(({ name }) => queueUrl?.endsWith(`/${name}`))?.arn ?? '';

  const access = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const child = fork(join(import.meta.dirname, 'splitter-process.ts'), [codeDir, String(invocationMs)], {
    env: { PATH: process.env.PATH, ...environment, ...access, NODE_OPTIONS, LOG_LEVEL: 'ERROR' },
    execArgv: [],
  });
  onTestFinished(() => void child.kill());
  const step = async () => {
    const [message]: unknown[] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('the splitter died'))),
    ]);
    return StepSchema.parse(message);
  };

  const { peakRssBytes: startRssBytes } = await step();
  let peakRssBytes = startRssBytes;
  let invocations = 0;
  const object = { key, size: archive.sizeBytes, eTag: 'zip', sequencer: '0A' };
  const s3Event = { bucket: { name: UPLOADS_BUCKET }, object };
  const record = {
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    eventTime: '2026-11-23T05:00:00.000Z',
    s3: s3Event,
  };
  let body: string | undefined = JSON.stringify({ Records: [record] });
  while (body !== undefined) {
    invocations += 1;
    child.send(body);
    const done = await step();
    if (done.failed > 0) throw new Error('an invocation failed');
    peakRssBytes = done.peakRssBytes;
    const [continuation] = await endpoint.queues.receive(arnOf(UPLOADS_QUEUE_URL), { max: 1, waitMs: 0 });
    if (continuation !== undefined) endpoint.queues.delete(arnOf(UPLOADS_QUEUE_URL), [continuation.receiptHandle]);
    body = continuation?.body;
  }
  const plan: string[] = [];
  const store = new StateStore(s3, RESULTS_BUCKET);
  for await (const stored of store.list('_fanlight/jobs/'))
    if (stored.key.endsWith('/plan.jsonl')) plan.push((await store.read(stored.key))?.text ?? '');
  const shards = Number(endpoint.queues.attributes(arnOf(SHARDS_QUEUE_URL)).ApproximateNumberOfMessages);
  return { invocations, shards, archiveGets: gets(), archiveBytes: bytesSent(), startRssBytes, peakRssBytes, plan };
}
