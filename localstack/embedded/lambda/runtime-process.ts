import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionModel } from '../template/stack-model.ts';

const RUNTIME_CLIENT = join(import.meta.dirname, 'runtime-client.mjs');

/**
 * Leaves a tenth of the memory to everything outside of V8's heap, so that the collector works before the limit kills.
 */
const HEAP_SHARE = 0.9;

/** The rest of the output of a process that has ended is already in its pipes. */
const DRAIN_LIMIT_MS = 500;

/** Starts a function's runtime as the leader of a process group of its own, its output in pipes. */
export function spawnRuntime(model: FunctionModel, env: Record<string, string>) {
  const heapMb = Math.floor(model.memorySizeMb * HEAP_SHARE);
  return spawn(process.execPath, [`--max-old-space-size=${heapMb}`, RUNTIME_CLIENT], {
    cwd: model.codeDir,
    detached: true,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/**
 * Waits for the last output of a process that has ended; a descendant that escaped may hold its pipes open for ever.
 */
export async function drainOutput(ended: ChildProcess): Promise<void> {
  await Promise.race([once(ended, 'close'), sleep(DRAIN_LIMIT_MS)]);
  ended.stdout?.destroy();
  ended.stderr?.destroy();
}

/** In the words of https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html */
export function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) {
    return `Runtime exited with error: signal: ${signal === 'SIGKILL' ? 'killed' : signal.toLowerCase()}`;
  }
  return code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`;
}
