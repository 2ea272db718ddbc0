import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock } from './clock.ts';
import { openEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { FastForward } from './fast-forward.ts';
import type { FastForwardOptions } from './fast-forward.ts';
import type { FaultPlan } from './faults/fault-plan.ts';
import type { Faults } from './faults/faults.ts';
import { Guardian } from './guardian.ts';
import type { LogListener } from './lambda/function-log.ts';
import type { InvokeResult } from './lambda/invocation.ts';
import { LambdaHost } from './lambda/lambda-host.ts';
import type { FunctionStatus } from './lambda/lambda-host.ts';
import { checkMappingPermissions } from './poller/mapping-permissions.ts';
import { StackLock } from './stack-lock.ts';
import { loadAssembly } from './template/assembly.ts';
import { readStack } from './template/read-stack.ts';
import type { StackModel } from './template/stack-model.ts';
import { startTriggers } from './triggers.ts';
import type { Triggers } from './triggers.ts';

const DEFAULT_ACCOUNT_ID = '000000000000';
const DEFAULT_REGION = 'us-east-1';

export interface StackOptions {
  /** The folder that `cdk synth` writes. */
  readonly assemblyDir: string;
  /** Needed only when the assembly holds several stacks. */
  readonly stackName?: string | undefined;
  /** Values of the template's parameters; the others have their defaults. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Objects, queues and logs; kept after close, taken up again by the next stack opened on it. */
  readonly dataDir: string;
  /** 0 (the default) takes any free port of 127.0.0.1. */
  readonly port?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  /** Default: the number of cores. AWS has no such limit; a laptop needs one. */
  readonly maxEnvironmentsPerFunction?: number | undefined;
  /** An environment that was idle for so long is ended; default: kept until close. */
  readonly environmentIdleTimeoutMs?: number | undefined;
  /** What goes wrong, from the start; `stack.faults` changes it later. Default: nothing. */
  readonly faults?: FaultPlan | undefined;
  /** Every line that a function writes, as it also goes to `<dataDir>/logs/<function>.log`. */
  readonly onLog?: LogListener | undefined;
  /** The stack can no longer do its work (its disk is full, for example). Default: an uncaught exception. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** A template, running. */
export interface Stack {
  readonly url: string;
  readonly port: number;
  /** The template's Outputs. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly endpoint: Endpoint;
  readonly functions: readonly FunctionStatus[];
  /** What goes wrong, and what did. */
  readonly faults: Faults;
  /**
   * Runs a function and waits for its result.
   * @param name logical id, name or ARN
   * @throws TooManyRequestsError above the reserved concurrency, StackClosedError when the stack closes meanwhile
   */
  invoke(name: string, payload: unknown): Promise<InvokeResult>;
  /** Kills every environment at once, whatever it is doing; returns how many there were. New ones take their place. */
  killAll(): number;
  /** From now on waiting is skipped: see FastForward. Ends with `stop()` or with the stack. */
  fastForward(options?: FastForwardOptions): FastForward;
  /** Leaves no process, port or temporary file; messages in flight become visible again. */
  close(): Promise<void>;
}

/**
 * Opens everything a synthesized template describes on one loopback port.
 * @throws TemplateError, StackLockedError
 */
export async function openStack(options: StackOptions): Promise<Stack> {
  const opened = new AsyncDisposableStack();
  try {
    return await open(options, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function open(options: StackOptions, opened: AsyncDisposableStack): Promise<Stack> {
  const assembly = await loadAssembly(options.assemblyDir, options.stackName);
  const dataDir = resolve(options.dataDir);
  const lock = StackLock.acquire(dataDir);
  opened.defer(() => lock.release());
  const scratchDir = await createScratchDir(dataDir);
  const guardian = await Guardian.start(scratchDir);
  opened.defer(async () => guardian.close());
  const { accountId = DEFAULT_ACCOUNT_ID, clock, port, region = DEFAULT_REGION } = options;
  const endpoint = await openEndpoint({ dataDir, port, clock, accountId, region });
  opened.defer(async () => endpoint.close());
  const model = readStack(assembly, { accountId, region, endpointUrl: endpoint.url }, options.parameters);
  checkMappingPermissions(model);
  createQueuesAndBuckets(model, endpoint);
  if (options.faults !== undefined) endpoint.faults.set(options.faults);
  const host = await LambdaHost.open({
    functions: model.functions,
    endpoint,
    guardian,
    scratchDir,
    logDir: join(dataDir, 'logs'),
    maxEnvironmentsPerFunction: options.maxEnvironmentsPerFunction ?? availableParallelism(),
    idleTimeoutMs: options.environmentIdleTimeoutMs,
    onLog: options.onLog,
  });
  opened.defer(async () => host.close());
  const triggers = startTriggers(model, endpoint, host, options.onFailure ?? throwUncaught);
  opened.defer(async () => {
    // Triggers stop at once, but end only after the invocations that the host cuts off.
    await Promise.all([triggers.close(), host.close()]);
  });
  return new OpenStack(endpoint, model.outputs, host, triggers, opened);
}

class OpenStack implements Stack {
  readonly endpoint: Endpoint;
  readonly outputs: Readonly<Record<string, string>>;
  readonly #host: LambdaHost;
  readonly #triggers: Triggers;
  readonly #opened: AsyncDisposableStack;
  #closed: Promise<void> | undefined;

  constructor(
    endpoint: Endpoint,
    outputs: Readonly<Record<string, string>>,
    host: LambdaHost,
    triggers: Triggers,
    opened: AsyncDisposableStack,
  ) {
    this.endpoint = endpoint;
    this.outputs = outputs;
    this.#host = host;
    this.#triggers = triggers;
    this.#opened = opened;
  }

  get url(): string {
    return this.endpoint.url;
  }

  get port(): number {
    return this.endpoint.port;
  }

  get functions(): readonly FunctionStatus[] {
    return this.#host.status();
  }

  get faults(): Faults {
    return this.endpoint.faults;
  }

  async invoke(name: string, payload: unknown): Promise<InvokeResult> {
    const target = this.#host.find(name);
    if (target === undefined) throw new Error(`the stack has no function ${name}`);
    return target.invoke(JSON.stringify(payload));
  }

  killAll(): number {
    return this.#host.killAll();
  }

  fastForward(options: FastForwardOptions = {}): FastForward {
    const { pollers, schedules } = this.#triggers;
    const isIdle = (): boolean => this.#host.isIdle;
    const started = new FastForward({ clock: this.endpoint.clock, isIdle, pollers, schedules }, options);
    this.#opened.defer(() => started.stop());
    return started;
  }

  async close(): Promise<void> {
    this.#closed ??= this.#opened.disposeAsync();
    return this.#closed;
  }
}

/** A folder of this run's own: the guardian of a run that was killed may still be busy removing the one before. */
async function createScratchDir(dataDir: string): Promise<string> {
  const parent = join(dataDir, 'environments');
  await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  const scratchDir = join(parent, String(process.pid));
  await mkdir(scratchDir, { recursive: true });
  return scratchDir;
}

function createQueuesAndBuckets({ queues, buckets }: StackModel, endpoint: Endpoint): void {
  for (const { name, arn, attributes } of queues) {
    // A queue found in the data folder takes the template's attributes, as an update of a stack on AWS would do.
    if (endpoint.queues.byArn(arn) === undefined) endpoint.queues.create(name, attributes);
    else endpoint.queues.setAttributes(arn, attributes);
  }
  for (const { name, notifications } of buckets) endpoint.buckets.create(name, { notifications });
}

function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
