import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { functionResources } from '../../builders/mini-assembly.ts';
import type { MiniAssembly } from '../../builders/mini-assembly.ts';
import { ErrorPayloadSchema, openTestStack, payloadOf, processState, until } from '../../builders/test-stack.ts';
import type { TestStack } from '../../builders/test-stack.ts';
import { textLike } from '../../builders/text-like.ts';

/** Does what the event says. */
const behave = `
  import { appendFileSync, writeFileSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import { spawn } from 'node:child_process';
  import { join } from 'node:path';
  import { setTimeout as sleep } from 'node:timers/promises';
  let invocations = 0;
  export const handler = async (event, context) => {
    invocations += 1;
    switch (event.do) {
      case 'throw': throw new TypeError('boom');
      case 'throw text': throw 'just text';
      case 'circular': { const ring = {}; ring.ring = ring; return ring; }
      case 'exit': return process.exit(event.code);
      case 'kill': process.kill(process.pid, 'SIGKILL'); return sleep(10_000);
      case 'reject': void Promise.reject(new Error('nobody waits')); return sleep(10_000);
      case 'late throw': setTimeout(() => { throw new Error('nobody catches'); }, 1); return sleep(10_000);
      case 'spin': for (;;);
      case 'sleep': await sleep(event.ms); return { pid: process.pid };
      case 'eat': for (const eaten = []; ; await sleep(1)) eaten.push(Buffer.alloc(8e6, 1));
      case 'large': return 'x'.repeat(event.length);
      case 'heartbeat': setInterval(() => appendFileSync(event.file, '.'), 5); return { pid: process.pid };
      case 'scribble': writeFileSync(join(tmpdir(), 'left'), ''); return tmpdir();
      case 'child': return { pid: spawn('sleep', ['1000'], { stdio: 'ignore' }).pid };
      case 'context': return { ...context, remainingMs: context.getRemainingTimeInMillis() };
      case 'nothing': return undefined;
      default: return { invocations, pid: process.pid };
    }
  };`;

const assembly: MiniAssembly = {
  bundles: {
    Behave: behave,
    ImportError: `import 'not-there'; export const handler = async () => {};`,
    SyntaxErrorFunction: `export const handler = async () => { ;`,
    InitThrow: `throw new RangeError('no start'); export const handler = async () => {};`,
    InitExit: `process.exit(7); export const handler = async () => {};`,
    NoHandler: `export const other = async () => {};`,
    Callback: `export const handler = (event, context, callback) => callback(null, 1);`,
    CommonJs: { file: 'index.js', code: `exports.handler = async (event) => ({ got: event });` },
    NoModule: { file: 'other.mjs', code: '' },
    Reserved: behave,
  },
  resources: {
    ...functionResources('Behave', { Timeout: 1, MemorySize: 192 }),
    ...functionResources('ImportError'),
    ...functionResources('SyntaxErrorFunction'),
    ...functionResources('InitThrow'),
    ...functionResources('InitExit'),
    ...functionResources('NoHandler'),
    ...functionResources('Callback'),
    ...functionResources('CommonJs'),
    ...functionResources('NoModule'),
    ...functionResources('Reserved', { ReservedConcurrentExecutions: 1, FunctionName: 'reserved' }),
  },
};

const PidSchema = z.object({ pid: z.number() });

let opened: TestStack;
beforeAll(async () => {
  opened = await openTestStack(assembly);
});
afterAll(async () => opened.dispose());

const behaveAs = async (event: object) => opened.stack.invoke('Behave', event);
const environmentsOf = (logicalId: string) =>
  opened.stack.functions.find((each) => each.logicalId === logicalId)?.environments ?? [];

describe('results', () => {
  test('what the handler returns, in an environment that is used again', async () => {
    const first = payloadOf(await behaveAs({}), z.object({ invocations: z.number(), pid: z.number() }));
    const second = payloadOf(await behaveAs({}), z.object({ invocations: z.number(), pid: z.number() }));
    expect(second).toEqual({ invocations: first.invocations + 1, pid: first.pid });
  });

  test('undefined becomes null', async () => {
    expect((await behaveAs({ do: 'nothing' })).payload).toBe('null');
  });

  test('the context that handlers rely on', async () => {
    const result = await behaveAs({ do: 'context' });
    const { remainingMs, ...context } = payloadOf(result, z.looseObject({ remainingMs: z.number() }));
    expect(context).toMatchObject({
      awsRequestId: result.requestId,
      functionName: opened.stack.functions.find(({ logicalId }) => logicalId === 'Behave')?.name,
      functionVersion: '$LATEST',
      memoryLimitInMB: '192',
      invokedFunctionArn: textLike(/^arn:aws:lambda:us-east-1:000000000000:function:Mini-Behave-/),
    });
    expect(remainingMs).toBeLessThanOrEqual(1000);
  });

  test('CommonJS bundles; functions found by logical id, name and ARN', async () => {
    const { logicalId, name, arn } = z
      .object({ logicalId: z.string(), name: z.string(), arn: z.string() })
      .parse(opened.stack.functions.find((each) => each.logicalId === 'CommonJs'));
    for (const id of [logicalId, name, arn]) {
      expect((await opened.stack.invoke(id, { id })).payload).toBe(JSON.stringify({ got: { id } }));
    }
    await expect(opened.stack.invoke('Unknown', {})).rejects.toThrow('no function Unknown');
  });

  test('a response above 6 MB is an error, and the environment lives on', async () => {
    const { pid } = payloadOf(await behaveAs({}), PidSchema);
    const result = await behaveAs({ do: 'large', length: 6_300_000 });
    expect(payloadOf(result, ErrorPayloadSchema).errorType).toBe('Function.ResponseSizeTooLarge');
    expect(payloadOf(await behaveAs({}), PidSchema).pid).toBe(pid);
  });
});

describe('failures of the handler', () => {
  test.each<[event: object, errorType: string, message: RegExp]>([
    [{ do: 'throw' }, 'TypeError', /^boom$/],
    [{ do: 'throw text' }, 'string', /^just text$/],
    [{ do: 'circular' }, 'Runtime.JSONStringifyError', /^Unable to stringify response body$/],
    [{ do: 'exit', code: 0 }, 'Runtime.ExitError', /RequestId: .* Error: Runtime exited without providing a reason$/],
    [{ do: 'exit', code: 3 }, 'Runtime.ExitError', /Error: Runtime exited with error: exit status 3$/],
    [{ do: 'kill' }, 'Runtime.ExitError', /Error: Runtime exited with error: signal: killed$/],
    [{ do: 'reject' }, 'Runtime.UnhandledPromiseRejection', /^Error: nobody waits$/],
    [{ do: 'late throw' }, 'Error', /^nobody catches$/],
    [{ do: 'spin' }, 'Sandbox.Timedout', /^RequestId: .* Error: Task timed out after 1.00 seconds$/],
    [{ do: 'sleep', ms: 60_000 }, 'Sandbox.Timedout', /Task timed out after 1.00 seconds$/],
  ])('%j → %s', async (event, errorType, message) => {
    const result = await behaveAs(event);
    expect(result.functionError).toBe('Unhandled');
    expect(payloadOf(result, ErrorPayloadSchema)).toEqual({ errorType, errorMessage: textLike(message) });
    expect((await behaveAs({})).functionError).toBeUndefined();
  });

  test.skipIf(process.platform !== 'linux')('more memory than the function has → killed', async () => {
    const result = await behaveAs({ do: 'eat' });
    expect(payloadOf(result, ErrorPayloadSchema)).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: textLike(/signal: killed$/),
    });
  });
});

describe('failures before the handler', () => {
  test.each([
    ['ImportError', 'Runtime.ImportModuleError', /Cannot find package 'not-there'/],
    ['NoModule', 'Runtime.ImportModuleError', /^Error: Cannot find module 'index'$/],
    ['SyntaxErrorFunction', 'Runtime.UserCodeSyntaxError', /^SyntaxError/],
    ['InitThrow', 'RangeError', /^no start$/],
    ['InitExit', 'Runtime.ExitError', /exit status 7$/],
    ['NoHandler', 'Runtime.HandlerNotFound', /^index.handler is undefined or not exported$/],
    ['Callback', 'Runtime.CallbackHandlerDeprecated', /callback-based/],
  ])('%s → %s, for each invocation anew', async (name, errorType, message) => {
    const results = await Promise.all([1, 2, 3].map(async () => opened.stack.invoke(name, {})));
    for (const result of results) {
      expect(result.functionError).toBe('Unhandled');
      expect(payloadOf(result, ErrorPayloadSchema)).toEqual({
        errorType,
        errorMessage: textLike(message),
      });
    }
    expect(environmentsOf(name)).toEqual([]);
  });
});

describe('environments', () => {
  test.skipIf(process.platform !== 'linux')('stand still between invocations', async () => {
    const file = join(opened.dataDir, 'heartbeat');
    writeFileSync(file, '');
    const { pid } = payloadOf(await behaveAs({ do: 'heartbeat', file }), PidSchema);
    await until(
      () => processState(pid),
      (state) => state === 'T',
    );
    const beats = statSync(file).size;
    await new Promise((resolve) => setTimeout(resolve, 100)); // twenty beats of a process that is not frozen
    expect(statSync(file).size).toBe(beats);
    await behaveAs({ do: 'sleep', ms: 50 });
    expect(statSync(file).size).toBeGreaterThan(beats);
  });

  test('as many as there are invocations at a time, up to the limit; the rest wait', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(async () => behaveAs({ do: 'sleep', ms: 100 })));
    const pids = results.map((result) => payloadOf(result, PidSchema).pid);
    expect(new Set(pids).size).toBe(2);
    expect(environmentsOf('Behave')).toHaveLength(2);
  });

  test('reserved concurrency throttles', async () => {
    const running = opened.stack.invoke('reserved', { do: 'sleep', ms: 100 });
    await expect(opened.stack.invoke('reserved', {})).rejects.toThrow('Rate Exceeded');
    expect((await running).functionError).toBeUndefined();
  });

  test('one that dies while frozen is replaced', async () => {
    const { pid } = payloadOf(await opened.stack.invoke('reserved', {}), PidSchema);
    process.kill(pid, 'SIGKILL');
    await until(
      () => environmentsOf('Reserved'),
      (environments) => environments.length === 0,
    );
    expect(payloadOf(await opened.stack.invoke('reserved', {}), PidSchema).pid).not.toBe(pid);
  });

  test('have a /tmp of their own, which goes with them; so do processes they have started', async () => {
    const tmpDir = payloadOf(await opened.stack.invoke('reserved', { do: 'scribble' }), z.string());
    expect(readdirSync(tmpDir)).toEqual(['left']);
    const { pid } = payloadOf(await opened.stack.invoke('reserved', { do: 'child' }), PidSchema);
    await opened.stack.invoke('reserved', { do: 'exit', code: 0 });
    await until(
      () => existsSync(tmpDir) || !['Z', undefined].includes(processState(pid)),
      (isLeft) => !isLeft,
    );
  });
});
