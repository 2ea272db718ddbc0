import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { Clock } from '../../localstack/embedded/clock.ts';
import { openStack } from '../../localstack/embedded/stack.ts';
import type { Stack, StackOptions } from '../../localstack/embedded/stack.ts';
import { writeAssembly } from './mini-assembly.ts';
import type { MiniAssembly } from './mini-assembly.ts';

export interface TestStack {
  readonly stack: Stack;
  readonly clock: Clock;
  readonly dataDir: string;
  readonly assemblyDir: string;
  /** What the functions have logged so far. */
  readonly lines: readonly string[];
  readonly sqs: SQSClient;
  /** Closes the stack and removes its folders. */
  readonly dispose: () => Promise<void>;
}

/** Opens a stack of a hand-written template in folders of its own. */
export async function openTestStack(assembly: MiniAssembly, options: Partial<StackOptions> = {}): Promise<TestStack> {
  const dir = mkdtempSync(join(tmpdir(), 'fanlight-test-'));
  const assemblyDir = writeAssembly(join(dir, 'assembly'), assembly);
  const dataDir = join(dir, 'data');
  const clock = new Clock();
  const lines: string[] = [];
  const onLog = (_functionName: string, line: string) => void lines.push(line);
  const settings = { assemblyDir, dataDir, clock, maxEnvironmentsPerFunction: 2, onLog, ...options };
  const stack = await openStack(settings).catch((error: unknown) => {
    rmSync(dir, { recursive: true });
    throw error;
  });
  const sqs = new SQSClient(ownerConfig(stack.url));
  const dispose = async () => {
    sqs.destroy();
    await stack.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { stack, clock, dataDir, assemblyDir, lines, sqs, dispose };
}

/** For an SDK client that acts as the account's owner. */
export function ownerConfig(endpoint: string) {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** Asks again and again until the answer satisfies; fails after 15 s, saying what it was then. */
export async function until<T>(ask: () => T | Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
  const giveUpAtMs = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > giveUpAtMs) throw new Error(`still ${JSON.stringify(answer)} after 15 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process runs; one that has ended and only waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  const state = processState(pid);
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** The letter of /proc/PID/stat: R, S, D, T (stopped), Z (ended); undefined when there is no such process. */
export function processState(pid: number): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** The JSON that a function answered. */
export function payloadOf<T>(result: { readonly payload: string }, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(result.payload));
}

export const ErrorPayloadSchema = z.object({ errorType: z.string(), errorMessage: z.string() });
