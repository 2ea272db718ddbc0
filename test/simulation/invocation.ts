import { diskPrefix, SimulatedDisk } from './simulated-disk.ts';
import type { QueuedMessage, SimulatedQueue } from './simulated-queue.ts';
import { surroundings, type Surroundings } from './surroundings.ts';

export type FunctionName = 'splitter' | 'processor' | 'collector' | 'rescuer' | 'sweeper';

/** A request to S3, to SQS or to the worker pool that has not been answered. */
export interface PendingCall {
  readonly invocation: Invocation;
  /** Counted within the invocation, from 0. */
  readonly index: number;
  /** Such as `PutObject`. */
  readonly action: string;
  /** `bucket/key`, `bucket/prefix` of a listing, or the name of a queue. */
  readonly resource: string;
  readonly access: Access;
  /** Has the effect and settles the caller's promise. */
  readonly answer: (fate: Fate) => void;
}

/** `compute` touches nothing that another invocation could see. */
export type Access = 'read' | 'list' | 'write' | 'conditional-write' | 'send' | 'compute';

/**
 * What becomes of a call: `refused` has no effect and fails, `unanswered` has its effect and fails all the same (the body of a GET breaks
 * off in the middle), `conflict` is S3's 409 to a conditional write, `partial` an SQS batch of which only a part is accepted.
 */
export type Fate = 'answered' | 'refused' | 'unanswered' | 'conflict' | 'partial';

/** The messages of one batch, and where they came from. */
export interface ReceivedBatch {
  readonly queue: SimulatedQueue;
  readonly messages: readonly QueuedMessage[];
}

/** A line that a function logged. */
export interface LogEntry {
  readonly functionName: FunctionName;
  readonly invocation: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

/** What a command to an AWS service is, and what it does. */
export interface Request {
  readonly about: Pick<PendingCall, 'action' | 'resource' | 'access'>;
  readonly perform: (fate: Fate) => unknown;
}

export type ServiceName = 's3' | 'sqs' | 'events';

/** A body of an answer of S3: one that is neither read to its end nor destroyed keeps its socket (field note 12). */
export interface GivenBody {
  readonly isUnread: boolean;
}

/** What an invocation lives in. */
export interface Host {
  readonly nowMs: number;
  readonly random: () => number;
  startTimer(owner: Invocation, delayMs: number, fire: () => void): () => void;
  expect(call: PendingCall): void;
  forget(call: PendingCall): void;
  kill(invocation: Invocation): void;
  tell(entry: LogEntry): void;
  /** @throws Error for a command that the service does not know */
  read(service: ServiceName, command: unknown, invocation: Invocation): Request;
}

/** Where the functions find their scratch space. */
export const temporaryDirectory = `${diskPrefix}tmp`;

/** One run of one function. It can end at any time: then nothing that it waits for ever comes. */
export class Invocation implements Surroundings {
  readonly id: number;
  readonly functionName: FunctionName;
  readonly host: Host;
  readonly batch: ReceivedBatch | undefined;
  readonly startedMs: number;
  readonly deadlineMs: number;
  readonly disk = new SimulatedDisk();
  /** Of all answers that it was given. */
  readonly bodies: GivenBody[] = [];
  #state: 'running' | 'ended' | 'dead' = 'running';
  #calls = 0;

  constructor(
    host: Host,
    about: { id: number; functionName: FunctionName; timeoutMs: number; batch: ReceivedBatch | undefined },
  ) {
    this.host = host;
    this.id = about.id;
    this.functionName = about.functionName;
    this.batch = about.batch;
    this.startedMs = host.nowMs;
    this.deadlineMs = host.nowMs + about.timeoutMs;
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  /** The process is gone, in the middle of whatever it did. */
  die(): void {
    this.#state = 'dead';
  }

  end(): void {
    this.#state = 'ended';
  }

  readonly nowMs = (): number => this.host.nowMs;

  readonly random = (): number => this.host.random();

  readonly startTimer = (delayMs: number, fire: () => void): (() => void) =>
    this.host.startTimer(this, delayMs, () => surroundings.run(this, fire));

  /** Runs code as this invocation's. */
  run<Result>(work: () => Result): Result {
    return surroundings.run(this, work);
  }

  /** Sends a command to a service. */
  async request(service: ServiceName, command: unknown, signal?: AbortSignal): Promise<unknown> {
    const { about, perform } = this.host.read(service, command, this);
    return this.call(about, perform, signal);
  }

  /** Waits for the host to let a call happen. A dead process waits for ever. */
  call<Result>(
    about: Pick<PendingCall, 'action' | 'resource' | 'access'>,
    perform: (fate: Fate) => Result,
    signal?: AbortSignal,
  ): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    if (signal?.aborted === true) return Promise.reject(abortError(signal));
    const settle = (fate: Fate): void => {
      signal?.removeEventListener('abort', abort);
      let result: Result;
      try {
        result = perform(fate);
      } catch (error) {
        if (this.running) reject(error);
        return;
      }
      if (this.running) resolve(result);
    };
    const call: PendingCall = { ...about, invocation: this, index: this.#calls++, answer: settle };
    const abort = (): void => {
      this.host.forget(call);
      if (signal !== undefined) reject(abortError(signal));
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.host.expect(call);
    return promise;
  }
}

/** As the SDK's. */
function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError', cause: signal.reason });
}

export function currentInvocation(): Invocation {
  const invocation = surroundings.getStore();
  if (!(invocation instanceof Invocation)) throw new Error('called outside of a simulated invocation');
  return invocation;
}
