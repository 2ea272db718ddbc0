import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Faults } from '../faults/faults.ts';
import { InvocationFate } from '../faults/invocation-fate.ts';
import type { Death } from '../faults/invocation-fate.ts';
import type { RequestingProcess } from '../iam/principals.ts';
import type { Guardian } from '../guardian.ts';
import type { FunctionModel } from '../template/stack-model.ts';
import { environmentVariables } from './environment-variables.ts';
import type { IssueCredentials, IssuedCredentials } from './credentials.ts';
import type { FunctionLog } from './function-log.ts';
import { platformError, StackClosedError } from './invocation.ts';
import type { Invocation, InvokeResult } from './invocation.ts';
import type { MemoryWatch, WatchedGroup } from './memory-watch.ts';
import { groupFollowers, signalGroup } from './process-group.ts';
import { MAX_RESPONSE_BYTES } from './runtime-api.ts';
import type { NextInvocation, RuntimeApi, RuntimeListener } from './runtime-api.ts';
import { describeExit, drainOutput, spawnRuntime } from './runtime-process.ts';

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: the init phase; Lambda then tries again
 * within the timeout.
 */
const INIT_LIMIT_MS = 10_000;

/** What all environments of one function have in common. */
export interface EnvironmentContext {
  readonly model: FunctionModel;
  readonly issueCredentials: IssueCredentials;
  readonly region: string;
  readonly endpointUrl: string;
  /** Holds the private `/tmp` of each environment. */
  readonly scratchDir: string;
  readonly runtimeApi: RuntimeApi;
  readonly guardian: Guardian;
  readonly memoryWatch: MemoryWatch;
  readonly clock: Clock;
  readonly faults: Faults;
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
  readonly fate: InvocationFate;
  result: InvokeResult | undefined;
}

/** One process (and its descendants) that runs one invocation at a time and stands still in between. */
export class ExecutionEnvironment implements RuntimeListener, RequestingProcess {
  readonly #context: EnvironmentContext;
  readonly #tmpDir: string;
  readonly #runtimeApiAddress: string;
  readonly #credentials: IssuedCredentials;
  readonly #child: ChildProcess;
  readonly #memory: WatchedGroup;
  readonly #ended = Promise.withResolvers<void>();
  /** Resolves when no process, folder or output of the environment is left. */
  readonly ended = this.#ended.promise;
  #state: EnvironmentState = 'initializing';
  #deadline: NodeJS.Timeout | undefined;
  #deliver: ((invocation: NextInvocation) => void) | undefined;
  #running: RunningInvocation | undefined;
  /** As the runtime was last told. */
  #clockOffsetMs = 0;
  #initFailure: string | undefined;
  #initTimedOut = false;

  constructor(id: string, context: EnvironmentContext) {
    const { model } = context;
    this.#context = context;
    this.#tmpDir = join(context.scratchDir, id);
    this.#runtimeApiAddress = context.runtimeApi.register(this);
    this.#credentials = context.issueCredentials(this);
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
    const { clock, faults, model, log, memoryWatch } = this.#context;
    const deliver = this.#deliver;
    if (deliver === undefined) throw new Error(`the environment is ${this.#state}`);
    if (this.#state === 'frozen') signalGroup(this.#memory.groupId, 'SIGCONT');
    this.#state = 'busy';
    this.#deliver = undefined;
    memoryWatch.add(this.#memory);
    const startedAtMs = Date.now();
    const fate = new InvocationFate(faults, model.logicalId, invocation.isLastDelivery);
    this.#running = { invocation, startedAtMs, fate, result: undefined };
    this.#deadline = setTimeout(() => this.#expireInvocation(), model.timeoutS * 1000);
    const { requestId, payload, traceHeader } = invocation;
    log.write(`START RequestId: ${requestId} Version: $LATEST`);
    if (fate.endsAtOnce()) return this.kill();
    const deadlineMs = startedAtMs + model.timeoutS * 1000;
    const clockOffsetMs = clock.offsetMs;
    this.#clockOffsetMs = clockOffsetMs;
    deliver({ requestId, payload, deadlineMs, functionArn: model.arn, traceHeader, clockOffsetMs });
  }

  /** The time that its processes have. */
  now(): number {
    return Date.now() + this.#clockOffsetMs;
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

  /** A request that its processes make; what they start may die of it, or all of them. */
  onRequest(): Death | undefined {
    const environment = { kill: () => this.kill(), children: () => groupFollowers(this.#memory.groupId) };
    return this.#running?.fate.onRequest(environment);
  }

  onNext(deliver: (invocation: NextInvocation) => void): void {
    clearTimeout(this.#deadline);
    this.#deliver = deliver;
    this.#state = 'idle';
    this.#finish();
    this.#context.onIdle(this);
  }

  onResponse(requestId: string, body: string | undefined): boolean {
    if (this.#diesBeforeResponse(requestId)) return true;
    if (body !== undefined) return this.#accept(requestId, { requestId, payload: body });
    const reason = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
    return this.#accept(requestId, this.#platformError(requestId, 'Function.ResponseSizeTooLarge', reason));
  }

  onError(requestId: string, body: string): boolean {
    if (this.#diesBeforeResponse(requestId)) return true;
    return this.#accept(requestId, { requestId, payload: body, functionError: 'Unhandled' });
  }

  onInitError(body: string): void {
    this.#initFailure ??= body;
  }

  #diesBeforeResponse(requestId: string): boolean {
    if (this.#running?.invocation.requestId !== requestId || !this.#running.fate.endsBeforeResponse()) return false;
    this.kill();
    return true;
  }

  #accept(requestId: string, result: InvokeResult): boolean {
    const running = this.#running;
    if (running?.invocation.requestId !== requestId || running.result !== undefined) return false;
    running.result = result;
    return true;
  }

  #spawn(id: string): ChildProcess {
    const { endpointUrl, log, model, region } = this.#context;
    mkdirSync(this.#tmpDir, { recursive: true });
    const { credentials } = this.#credentials;
    const site = { region, endpointUrl, credentials, tmpDir: this.#tmpDir, runtimeApiAddress: this.#runtimeApiAddress };
    const child = spawnRuntime(model, environmentVariables(model, { ...site, logStreamName: `[$LATEST]${id}` }));
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
    const { invocation, result } = this.#running ?? {};
    if (invocation !== undefined && result === undefined) {
      this.#accept(invocation.requestId, this.#timedOut(invocation.requestId));
    }
    this.kill();
  }

  #timedOut(requestId: string): InvokeResult {
    const reason = `Task timed out after ${this.#context.model.timeoutS.toFixed(2)} seconds`;
    return this.#platformError(requestId, 'Sandbox.Timedout', reason);
  }

  /** The runtime does not know of it and cannot write it to the log. */
  #platformError(requestId: string, errorType: string, reason: string): InvokeResult {
    const result = platformError(requestId, errorType, reason);
    this.#context.log.write(`ERROR RequestId: ${requestId} ${errorType}: ${reason}`);
    return result;
  }

  /** The invocation is over, and so is the runtime's work on it. */
  #finish(): void {
    const running = this.#running;
    this.#running = undefined;
    if (running?.result === undefined) return;
    const { requestId } = running.result;
    const { log, model } = this.#context;
    const used = `Memory Size: ${model.memorySizeMb} MB\tMax Memory Used: ${Math.ceil(this.#memory.peakKib / 1024)} MB`;
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
    this.#credentials.revoke();
    memoryWatch.remove(this.#memory);
    const { invocation, result } = this.#running ?? {};
    if (invocation !== undefined && result === undefined) {
      this.#accept(invocation.requestId, this.#platformError(invocation.requestId, 'Runtime.ExitError', reason));
    }
    this.#finish();
    onEnd(this, wasInitializing ? (id) => this.#initResult(id, reason) : undefined);
    await drainOutput(this.#child);
    await rm(this.#tmpDir, { recursive: true, force: true, maxRetries: 5 });
    guardian.forget(this.#memory.groupId);
    this.#ended.resolve();
  }

  #initResult(requestId: string, reason: string): InvokeResult {
    if (this.#initFailure !== undefined) return { requestId, payload: this.#initFailure, functionError: 'Unhandled' };
    return this.#initTimedOut ? this.#timedOut(requestId) : this.#platformError(requestId, 'Runtime.ExitError', reason);
  }
}
