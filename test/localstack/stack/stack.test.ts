import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openStack } from '../../../localstack/embedded/stack.ts';
import { functionResources, mappingResource, writeAssembly } from '../../builders/mini-assembly.ts';
import type { MiniAssembly } from '../../builders/mini-assembly.ts';
import { isAlive, openTestStack, ownerConfig, until } from '../../builders/test-stack.ts';
import { textLike } from '../../builders/text-like.ts';

const root = mkdtempSync(join(tmpdir(), 'fanlight-stack-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(disposals.splice(0).map(async (dispose) => dispose()));
});

const code = `
  import { spawn } from 'node:child_process';
  import { tmpdir } from 'node:os';
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  console.log('PID ' + process.pid);
  console.log('PID ' + child.pid);
  export const handler = async (event) => {
    console.log('EVENT ' + JSON.stringify(event));
    if (event.wait) await new Promise((resolve) => setTimeout(resolve, 100_000));
    return { pids: [process.pid, child.pid], tmpDir: tmpdir() };
  };`;

const mini: MiniAssembly = {
  bundles: { Fn: code },
  resources: functionResources('Fn', { Timeout: 60 }),
};

const queueStack = (VisibilityTimeout: number): MiniAssembly => ({
  resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout } } },
  outputs: { Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
});

const SqsEventSchema = z.object({ Records: z.array(z.object({ body: z.string() })) });
const S3MessageSchema = z.union([
  z.object({ Event: z.string() }),
  z.object({ Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })) }),
]);

async function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => resolve(true) ?? socket.destroy());
    socket.once('error', () => resolve(false));
  });
}

describe('a stack', () => {
  test('takes an object from its bucket through notification and queue to the function', async () => {
    const configuration = { Event: 's3:ObjectCreated:*', Queue: { 'Fn::GetAtt': ['Queue', 'Arn'] } };
    const opened = await openTestStack({
      bundles: { Fn: code },
      resources: {
        ...functionResources('Fn'),
        Bucket: {
          Type: 'AWS::S3::Bucket',
          Properties: { NotificationConfiguration: { QueueConfigurations: [configuration] } },
        },
        Queue: { Type: 'AWS::SQS::Queue' },
        Map: mappingResource('Queue', 'Fn'),
      },
      outputs: { Bucket: { Ref: 'Bucket' } },
    });
    disposals.push(opened.dispose);
    const s3 = new S3Client({ ...ownerConfig(opened.stack.url), forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: opened.stack.outputs['Bucket'], Key: 'a b.jpg', Body: 'x' }));
    const received = () => {
      const events = opened.lines.filter((line) => line.startsWith('EVENT '));
      const messages = events.flatMap((line) => SqsEventSchema.parse(JSON.parse(line.slice('EVENT '.length))).Records);
      return messages.map(({ body }) => S3MessageSchema.parse(JSON.parse(body)));
    };
    const messages = await until(received, ({ length }) => length === 2);
    expect(messages).toContainEqual({ Event: 's3:TestEvent' });
    expect(messages).toContainEqual({ Records: [{ s3: { object: { key: 'a+b.jpg' } } }] });
    s3.destroy();
  });

  test('keeps its data, and takes a changed template, when it is opened again', async () => {
    const first = await openTestStack(queueStack(30));
    disposals.push(first.dispose);
    const arn = first.stack.outputs['Arn'] ?? '';
    first.stack.endpoint.queues.send(arn, { body: 'kept' });
    await first.stack.close();
    const second = await openTestStack(queueStack(40), { dataDir: first.dataDir });
    disposals.push(second.dispose);
    expect(second.stack.outputs['Arn']).toBe(arn);
    const [message] = await second.stack.endpoint.queues.receive(arn, { max: 1, waitMs: 0 });
    expect(message?.body).toBe('kept');
    second.clock.advance(35_000);
    expect(second.stack.endpoint.queues.counts(arn)).toMatchObject({ visible: 0, inFlight: 1 });
    second.clock.advance(5_000);
    expect(second.stack.endpoint.queues.counts(arn)).toMatchObject({ visible: 1, inFlight: 0 });
  });

  test('invokes the targets of a schedule once a period, with the event of EventBridge', async () => {
    const Targets = [{ Id: 'Target0', Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] } }];
    const rule = (State: string) => ({
      Type: 'AWS::Events::Rule',
      Properties: { Name: `sweep-${State}`, ScheduleExpression: 'rate(5 minutes)', State, Targets },
    });
    const opened = await openTestStack({
      bundles: { Fn: code },
      resources: { ...functionResources('Fn'), Rule: rule('ENABLED'), Off: rule('DISABLED') },
    });
    disposals.push(opened.dispose);
    const fired = () => opened.lines.filter((line) => line.startsWith('EVENT '));
    opened.clock.advance(299_000);
    await new Promise(setImmediate);
    expect(fired()).toEqual([]);
    opened.clock.advance(1_000);
    const [event = ''] = await until(fired, (lines) => lines.length === 1);
    expect(JSON.parse(event.slice('EVENT '.length))).toEqual({
      version: '0',
      id: textLike(/^[0-9a-f-]{36}$/),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: textLike(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/sweep-ENABLED'],
      detail: {},
    });
    opened.clock.advance(300_000);
    await until(fired, (lines) => lines.length === 2);
  });

  test('refuses a template, and leaves nothing open', async () => {
    const assemblyDir = writeAssembly(join(root, 'bad'), { resources: { T: { Type: 'AWS::SNS::Topic' } } });
    const dataDir = join(root, 'bad-data');
    await expect(openStack({ assemblyDir, dataDir })).rejects.toThrow('AWS::SNS::Topic T');
    writeAssembly(assemblyDir, { resources: {} });
    const stack = await openStack({ assemblyDir, dataDir });
    await stack.close();
  });

  test('refuses a mapping whose function may not poll the queue', async () => {
    const resources = {
      ...functionResources('Fn', {}, [{ Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: '*' }]),
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
      Map: mappingResource('Queue', 'Fn'),
    };
    await expect(openTestStack({ bundles: { Fn: code }, resources })).rejects.toThrow(
      /EventSourceMapping Map: .* permissions to call sqs:DeleteMessage, sqs:GetQueueAttributes on arn:aws:sqs:.*:q$/,
    );
  });

  test('can be open once on a data folder', async () => {
    const opened = await openTestStack(mini);
    disposals.push(opened.dispose);
    const again = { assemblyDir: opened.assemblyDir, dataDir: opened.dataDir };
    await expect(openStack(again)).rejects.toThrow(
      `${opened.dataDir} is in use by another embedded stack (process ${process.pid})`,
    );
    await opened.stack.close();
    const next = await openStack(again);
    await next.close();
  });

  test('ends environments that are idle for too long, and starts new ones', async () => {
    const opened = await openTestStack(mini, { environmentIdleTimeoutMs: 1 });
    disposals.push(opened.dispose);
    for (const round of [1, 2]) {
      expect((await opened.stack.invoke('Fn', { round })).functionError).toBeUndefined();
      await until(
        () => opened.stack.functions[0]?.environments.length,
        (count) => count === 0,
      );
    }
  });

  test('closes completely: no process, port or temporary file', async () => {
    const opened = await openTestStack(mini);
    disposals.push(opened.dispose);
    const { pids, tmpDir } = ResultSchema.parse(JSON.parse((await opened.stack.invoke('Fn', {})).payload));
    const waiting = opened.stack.invoke('Fn', { wait: true });
    await Promise.all([opened.stack.close(), expect(waiting).rejects.toThrow('the stack closed')]);
    await until(
      () => pids.filter(isAlive),
      (left) => left.length === 0,
    );
    expect(existsSync(tmpDir)).toBe(false);
    expect(readdirSync(join(opened.dataDir, 'environments'))).toEqual([]);
    expect(await isListening(opened.stack.url)).toBe(false);
    await opened.stack.close();
  });
});

const ResultSchema = z.object({ pids: z.array(z.number()), tmpDir: z.string() });

describe('the guardian', () => {
  test('leaves no process, port or temporary file of a host that was killed; the next one takes over', async () => {
    const assemblyDir = writeAssembly(join(root, 'killed'), mini);
    const dataDir = join(root, 'killed-data');
    const script = fileURLToPath(import.meta.resolve('../../builders/stack-host.ts'));
    const host = spawn(process.execPath, [script, assemblyDir, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    createInterface({ input: host.stdout }).on('line', (line) => lines.push(line));
    const told = (word: string) => lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length));
    await until(
      () => lines,
      () => told('URL ').length === 1 && told('EVENT ').length === 2,
    );
    const [url = ''] = told('URL ');
    const pids = told('PID ').map(Number);
    expect(pids.filter(isAlive)).toHaveLength(4);
    expect(await isListening(url)).toBe(true);

    host.kill('SIGKILL');
    await until(
      () => [...pids.filter(isAlive), ...readdirSync(join(dataDir, 'environments'))],
      (left) => left.length === 0,
    );
    expect(await isListening(url)).toBe(false);

    const stack = await openStack({ assemblyDir, dataDir });
    await stack.close();
  });
});
