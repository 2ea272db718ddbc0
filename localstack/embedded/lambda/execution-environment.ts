import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Guardian } from '../guardian.ts';
import type { FunctionModel } from '../template/stack-model.ts';
import { environmentVariables } from './environment-variables.ts';
import type { Credentials } from './environment-variables.ts';
import type { FunctionLog } from './function-log.ts';
import { platformError, StackClosedError } from './invocation.ts';
import type { Invocation, InvokeResult } from './invocation.ts';
import type { MemoryWatch, WatchedGroup } from './memory-watch.ts';
import { signalGroup } from './process-group.ts';
import { MAX_RESPONSE_BYTES } from './runtime-api.ts';
import type { NextInvocation, RuntimeApi, RuntimeListener } from './runtime-api.ts';

const RUNTIME_CLIENT = join(import.meta.dirname, 'runtime-client.mjs');

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: the init phase; Lambda then tries again within the timeout. */
const INIT_LIMIT_MS = 10_000;

/** The rest of the output of a process that has ended is already in its pipes. */
const DRAIN_LIMIT_MS = 500;

/** Leaves a tenth of the memory to everything outside of V8's heap, so that the collector works before the limit kills. */
const HEAP_SHARE = 0.9;

/** What all environments of one function have in common. */
export interface EnvironmentContext {
  readonly model: FunctionModel;
  readonly credentials: Credentials;
  readonly region: string;
  readonly endpointUrl: string;
  /** Holds the private `/tmp` of each environment. */
  readonly scratchDir: string;
  readonly runtimeApi: RuntimeApi;
  readonly guardian: Guardian;
  readonly memoryWatch: MemoryWatch;
  readonly log: FunctionLog;
  readonly onIdle: (environment: ExecutionEnvironment) => void;
  readonly onEnd: (environment: ExecutionEnvironment, initFailure: InitFailure | undefined) => void;
}

/** Set when an environment ended before it was ever ready: the answer to the invocation it was started for. */
export type InitFailure = (requestId: string) => InvokeResult;

export type EnvironmentState = 'initializing' | 'idle' | 'frozen' | 'busy' | 'ended';

interface RunningInvocation {
  readonly invocation: Invocation;
  readonly startedAtMs: number;
  result: InvokeResult | undefined;
}

/** One process (and its descendants) that runs one invocation at a time and stands still in between. */
export class ExecutionEnvironment implements RuntimeListener {
  readonly #context: EnvironmentContext;
  readonly #tmpDir: string;
  readonly #runtimeApiAddress: string;
  readonly #child: ChildProcess;
  readonly #memory: WatchedGroup;
  readonly #ended = Promise.withResolvers<void>();
  /** Resolves when no process, folder or output of the environment is left. */
  readonly ended = this.#ended.promise;
  #state: EnvironmentState = 'initializing';
  #deadline: NodeJS.Timeout | undefined;
  #deliver: ((invocation: NextInvocation) => void) | undefined;
  #running: RunningInvocation | undefined;
  #initFailure: string | undefined;
  #initTimedOut = false;

  constructor(id: string, context: EnvironmentContext) {
    const { model } = context;
    this.#context = context;
    this.#tmpDir = join(context.scratchDir, id);
    this.#runtimeApiAddress = context.runtimeApi.register(this);
    this.#child = this.#spawn(id);
    const groupId = this.#child.pid ?? 0;
    this.#memory = { groupId, limitKib: model.memorySizeMb * 1024, peakKib: 0, onExceeded: () => this.kill() };
    if (groupId !== 0) {
      context.guardian.watch(groupId);
      context.memoryWatch.add(this.#memory);
    }
    this.#deadline = setTimeout(() => this.#expireInit(), INIT_LIMIT_MS + model.timeoutS * 1000);
  }

  /** The leader of the process group; undefined if the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get state(): EnvironmentState {
    return this.#state;
  }

  /** Only for an environment that is idle or frozen. */
  run(invocation: Invocation): void {
    const { model, log, memoryWatch } = this.#context;
    const deliver = this.#deliver;
    if (deliver === undefined) throw new Error(`the environment is ${this.#state}`);
    if (this.#state === 'frozen') signalGroup(this.#memory.groupId, 'SIGCONT');
    this.#state = 'busy';
    this.#deliver = undefined;
    memoryWatch.add(this.#memory);
    const startedAtMs = Date.now();
    this.#running = { invocation, startedAtMs, result: undefined };
    this.#deadline = setTimeout(() => this.#expireInvocation(), model.timeoutS * 1000);
    const { requestId, payload } = invocation;
    log.write(`START RequestId: ${requestId} Version: $LATEST`);
    deliver({ requestId, payload, deadlineMs: startedAtMs + model.timeoutS * 1000, functionArn: model.arn });
  }

  /** Stops every process of the environment until the next invocation. */
  freeze(): void {
    this.#state = 'frozen';
    this.#context.memoryWatch.remove(this.#memory);
    signalGroup(this.#memory.groupId, 'SIGSTOP');
  }

  /** Ends every process of the environment at once. */
  kill(): void {
    // After its end the group's id may belong to somebody else.
    if (this.#state !== 'ended' && this.#memory.groupId !== 0) signalGroup(this.#memory.groupId, 'SIGKILL');
  }

  /** Kills the environment, if it still lives, and abandons its invocation. */
  end(): void {
    const running = this.#running;
    this.#running = undefined;
    running?.invocation.abandon(new StackClosedError('the stack closed while the function was running'));
    this.kill();
  }

  onNext(deliver: (invocation: NextInvocation) => void): void {
    clearTimeout(this.#deadline);
    this.#deliver = deliver;
    this.#state = 'idle';
    this.#finish();
    this.#context.onIdle(this);
  }

  onResponse(requestId: string, body: string | undefined): boolean {
    const tooLarge = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
    return this.#accept(
      requestId,
      body === undefined
        ? platformError(requestId, 'Function.ResponseSizeTooLarge', tooLarge)
        : { requestId, payload: body },
    );
  }

  onError(requestId: string, body: string): boolean {
    return this.#accept(requestId, { requestId, payload: body, functionError: 'Unhandled' });
  }

  onInitError(body: string): void {
    this.#initFailure ??= body;
  }

  #accept(requestId: string, result: InvokeResult): boolean {
    const running = this.#running;
    if (running?.invocation.requestId !== requestId || running.result !== undefined) return false;
    running.result = result;
    return true;
  }

  #spawn(id: string): ChildProcess {
    const { credentials, endpointUrl, log, model, region } = this.#context;
    mkdirSync(this.#tmpDir, { recursive: true });
    const site = { region, endpointUrl, credentials, tmpDir: this.#tmpDir, runtimeApiAddress: this.#runtimeApiAddress };
    const heapMb = Math.floor(model.memorySizeMb * HEAP_SHARE);
    const child = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, RUNTIME_CLIENT], {
      cwd: model.codeDir,
      detached: true,
      env: environmentVariables(model, { ...site, logStreamName: `[$LATEST]${id}` }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    log.follow(child.stdout);
    log.follow(child.stderr);
    child.once('error', (error) => void this.#onExit(error.message));
    child.once('exit', (code, signal) => void this.#onExit(describeExit(code, signal)));
    return child;
  }

  #expireInit(): void {
    this.#initTimedOut = true;
    this.kill();
  }

  #expireInvocation(): void {
    const { requestId } = this.#running?.invocation ?? {};
    if (requestId !== undefined) this.#accept(requestId, this.#timedOut(requestId));
    this.kill();
  }

  #timedOut(requestId: string): InvokeResult {
    const reason = `Task timed out after ${this.#context.model.timeoutS.toFixed(2)} seconds`;
    return platformError(requestId, 'Sandbox.Timedout', reason);
  }

  /** The invocation is over, and so is the runtime's work on it. */
  #finish(): void {
    const running = this.#running;
    this.#running = undefined;
    if (running?.result === undefined) return;
    const { requestId, functionError, payload } = running.result;
    const { log, model } = this.#context;
    const used = `Memory Size: ${model.memorySizeMb} MB\tMax Memory Used: ${Math.ceil(this.#memory.peakKib / 1024)} MB`;
    if (functionError !== undefined) log.write(`ERROR RequestId: ${requestId} ${payload}`);
    log.write(`END RequestId: ${requestId}`);
    log.write(`REPORT RequestId: ${requestId}\tDuration: ${Date.now() - running.startedAtMs} ms\t${used}`);
    running.invocation.settle(running.result);
  }

  async #onExit(reason: string): Promise<void> {
    const { guardian, memoryWatch, onEnd, runtimeApi } = this.#context;
    const wasInitializing = this.#state === 'initializing';
    clearTimeout(this.#deadline);
    this.kill(); // descendants that the leader left behind
    this.#state = 'ended';
    runtimeApi.unregister(this.#runtimeApiAddress);
    memoryWatch.remove(this.#memory);
    const { requestId } = this.#running?.invocation ?? {};
    if (requestId !== undefined) this.#accept(requestId, platformError(requestId, 'Runtime.ExitError', reason));
    this.#finish();
    onEnd(this, wasInitializing ? (id) => this.#initResult(id, reason) : undefined);
    await this.#drainOutput();
    await rm(this.#tmpDir, { recursive: true, force: true, maxRetries: 5 });
    guardian.forget(this.#memory.groupId);
    this.#ended.resolve();
  }

  #initResult(requestId: string, reason: string): InvokeResult {
    if (this.#initFailure !== undefined) return { requestId, payload: this.#initFailure, functionError: 'Unhandled' };
    return this.#initTimedOut ? this.#timedOut(requestId) : platformError(requestId, 'Runtime.ExitError', reason);
  }

  async #drainOutput(): Promise<void> {
    const { stdout, stderr } = this.#child;
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    await Promise.race([closed, sleep(DRAIN_LIMIT_MS)]);
    stdout?.destroy();
    stderr?.destroy();
  }
}

/** In the words of https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html */
function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null)
    return `Runtime exited with error: signal: ${signal === 'SIGKILL' ? 'killed' : signal.toLowerCase()}`;
  return code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`;
}
