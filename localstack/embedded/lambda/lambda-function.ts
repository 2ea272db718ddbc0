import { randomUUID } from 'node:crypto';
import type { FunctionModel } from '../template/stack-model.ts';
import { ExecutionEnvironment } from './execution-environment.ts';
import type { EnvironmentContext, InitFailure } from './execution-environment.ts';
import { StackClosedError, TooManyRequestsError } from './invocation.ts';
import type { Invocation, InvocationCause, InvokeResult } from './invocation.ts';
import { continueChain } from './trace-header.ts';

export interface LambdaFunctionOptions {
  readonly context: Omit<EnvironmentContext, 'onIdle' | 'onEnd'>;
  /** The most environments at a time; more invocations than that wait, unless reserved concurrency refuses them. */
  readonly maxEnvironments: number;
  /** An environment idle for longer is ended; undefined = kept until close. */
  readonly idleTimeoutMs: number | undefined;
}

/** A function with its environments: an invocation takes the one used last, starts a new one, or waits for its turn. */
export class LambdaFunction {
  readonly model: FunctionModel;
  /** How many invocations can run at the same time. */
  readonly concurrency: number;
  readonly #options: LambdaFunctionOptions;
  readonly #environments = new Set<ExecutionEnvironment>();
  /** The one used last is at the end. */
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #idleTimers = new Map<ExecutionEnvironment, NodeJS.Timeout>();
  readonly #waiting: Invocation[] = [];
  /** Of every environment of which something is left. */
  readonly #endings = new Set<Promise<void>>();
  #unfinished = 0;
  #closed = false;

  constructor(options: LambdaFunctionOptions) {
    this.model = options.context.model;
    this.concurrency = Math.min(options.maxEnvironments, this.model.reservedConcurrency ?? Infinity);
    this.#options = options;
  }

  get environments(): readonly ExecutionEnvironment[] {
    return [...this.#environments];
  }

  /** Whether no invocation is running or waiting. */
  get isIdle(): boolean {
    return this.#unfinished === 0;
  }

  /** Writes a line of the platform's own into the function's log. */
  note(line: string): void {
    this.#options.context.log.write(line);
  }

  /**
   * @param payload JSON text
   * @throws TooManyRequestsError above the reserved concurrency, StackClosedError; Error when the guardian was killed
   */
  async invoke(payload: string, cause: InvocationCause = {}): Promise<InvokeResult> {
    if (this.#closed) throw new StackClosedError('the stack is closed');
    this.#options.context.guardian.requireAlive();
    if (this.#unfinished >= (this.model.reservedConcurrency ?? Infinity)) {
      const throttled = new TooManyRequestsError(`Rate Exceeded. ${this.model.name} has no reserved concurrency left`);
      this.#options.context.log.write(String(throttled));
      throw throttled;
    }
    this.#unfinished += 1;
    try {
      return await new Promise((settle, abandon) => {
        const { traceHeaders = [], isLastDelivery = false } = cause;
        const traceHeader = continueChain(traceHeaders, this.model);
        this.#waiting.push({ requestId: randomUUID(), payload, traceHeader, isLastDelivery, settle, abandon });
        this.#dispatch();
      });
    } finally {
      this.#unfinished -= 1;
    }
  }

  /** Ends all environments; invocations that are waiting or running are rejected with StackClosedError. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { abandon } of this.#waiting.splice(0)) abandon(new StackClosedError('the stack closed'));
    for (const timer of this.#idleTimers.values()) clearTimeout(timer);
    for (const environment of this.#environments) environment.end();
    await Promise.all(this.#endings);
  }

  #dispatch(): void {
    while (this.#waiting.length > 0 && this.#idle.length > 0) this.#runNext();
    let starting = this.environments.filter(({ state }) => state === 'initializing').length;
    while (starting < this.#waiting.length && this.#environments.size < this.concurrency) {
      this.#startEnvironment();
      starting += 1;
    }
  }

  #runNext(): void {
    const environment = this.#idle.pop();
    if (environment === undefined) return;
    clearTimeout(this.#idleTimers.get(environment));
    const invocation = this.#waiting.shift();
    if (invocation !== undefined) environment.run(invocation);
  }

  #startEnvironment(): void {
    const id = randomUUID().replaceAll('-', '');
    const environment = new ExecutionEnvironment(id, {
      ...this.#options.context,
      onIdle: (idle) => this.#onIdle(idle),
      onEnd: (ended, initFailure) => this.#onEnd(ended, initFailure),
    });
    this.#environments.add(environment);
    this.#endings.add(environment.ended);
    void environment.ended.then(() => this.#endings.delete(environment.ended));
  }

  #onIdle(environment: ExecutionEnvironment): void {
    if (this.#closed) return;
    this.#idle.push(environment);
    this.#dispatch();
    if (environment.state !== 'idle') return;
    environment.freeze();
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs === undefined) return;
    this.#idleTimers.set(environment, setTimeout(() => environment.kill(), idleTimeoutMs).unref());
  }

  /** Each failed init answers one invocation, so that a function that never starts answers them all and ends. */
  #onEnd(environment: ExecutionEnvironment, initFailure: InitFailure | undefined): void {
    this.#environments.delete(environment);
    clearTimeout(this.#idleTimers.get(environment));
    this.#idleTimers.delete(environment);
    const position = this.#idle.indexOf(environment);
    if (position !== -1) this.#idle.splice(position, 1);
    if (this.#closed) return;
    if (initFailure !== undefined) {
      const victim = this.#waiting.shift();
      victim?.settle(initFailure(victim.requestId));
    }
    this.#dispatch();
  }
}
