import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { resultsBucket, uploadsBucket } from './deployment.ts';
import { Environments } from './environments.ts';
import {
  Invocation,
  type Fate,
  type FunctionName,
  type Host,
  type LogEntry,
  type PendingCall,
  type ReceivedBatch,
  type Request,
  type ServiceName,
} from './invocation.ts';
import type { Observer } from './observer.ts';
import { SimulatedBucket, type Bucket, type StoredObject } from './simulated-bucket.ts';
import type { QueuedMessage } from './simulated-queue.ts';
import { Timers } from './timers.ts';
import {
  createQueues,
  mappingsOf,
  queueNames,
  sweepEveryMs,
  timeoutMs,
  type Mapping,
  type QueueName,
} from './topology.ts';

/** State between invocations. */
export interface WorldState {
  readonly nowMs: number;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly messages: ReadonlyMap<QueueName, readonly QueuedMessage[]>;
}

export interface WorldOptions {
  /** Invocations of each function at once. */
  readonly concurrency: number;
  /** Whether the sweeper's schedule is on. */
  readonly sweeps: boolean;
}

/** How the commands of each service are read. */
export type Services = Readonly<Record<ServiceName, (world: World, command: unknown, by: Invocation) => Request>>;

const startMs = Date.parse('2026-11-23T05:00:00.000Z');

/**
 * S3, SQS, Lambda and a clock in memory, around the functions' own code. Nothing happens by itself: whoever drives it says which call
 * is answered next, which message is delivered, who dies, and how time passes. The same decisions give the same run.
 */
export class World implements Host {
  nowMs = startMs;
  readonly queues = createQueues();
  readonly mappings: readonly Mapping[];
  readonly buckets = new Map<string, Bucket>();
  readonly observers: Observer[] = [];
  readonly log: LogEntry[] = [];
  /** What EventBridge was told. */
  readonly events: { readonly type: string; readonly detail: string }[] = [];
  /** Work that went on behind a response: it would thaw in somebody else's invocation (field note 44). */
  readonly leftovers: string[] = [];
  /** Functions whose time was over before they responded. */
  readonly overdue: FunctionName[] = [];
  /** For the functions' Math.random. */
  random: () => number = () => 0.5;
  /** Until then S3 answers every request with 503. */
  s3OutageUntilMs = 0;
  /** Whether the poller's DeleteMessage after a response gets lost. */
  losesAcknowledgement: (invocation: Invocation) => boolean = () => false;
  listingPageSize = 1_000;
  /** Of each function. */
  readonly timeoutMs: Record<FunctionName, number> = { ...timeoutMs };
  readonly #services: Services;
  readonly #environments = new Environments();
  readonly #timers = new Timers();
  #calls: PendingCall[] = [];
  #running: Invocation[] = [];
  #nextSweepMs = startMs + sweepEveryMs;
  #counter = 0;

  constructor(services: Services, { concurrency, sweeps }: WorldOptions) {
    this.#services = services;
    if (!sweeps) this.#nextSweepMs = Infinity;
    this.mappings = mappingsOf(this.queues, concurrency);
    for (const bucket of [uploadsBucket, resultsBucket]) this.buckets.set(bucket, new SimulatedBucket());
  }

  /** Numbers that are never used twice in a world. */
  unique(): number {
    return this.#counter++;
  }

  results(): Bucket {
    return this.buckets.get(resultsBucket) ?? new SimulatedBucket();
  }

  /** To go on from in another world. */
  snapshot(): WorldState {
    return {
      nowMs: this.nowMs,
      buckets: new Map([...this.buckets].map(([name, bucket]) => [name, bucket.copy()])),
      messages: new Map(queueNames.map((name) => [name, this.queues[name].messages.map((kept) => ({ ...kept }))])),
    };
  }

  restore({ nowMs, buckets, messages }: WorldState): void {
    this.nowMs = nowMs;
    this.#nextSweepMs = nowMs + sweepEveryMs;
    for (const [name, bucket] of buckets) this.buckets.set(name, bucket.copy());
    for (const [name, kept] of messages) {
      this.queues[name].clear();
      for (const message of kept) this.queues[name].add({ ...message });
    }
    // Ids of before must not come again.
    this.#counter = 1_000_000;
  }

  // What invocations ask of their host.

  read(service: ServiceName, command: unknown, invocation: Invocation): Request {
    return this.#services[service](this, command, invocation);
  }

  expect(call: PendingCall): void {
    if (call.invocation.running) this.#calls.push(call);
  }

  forget(call: PendingCall): void {
    this.#calls = this.#calls.filter((other) => other !== call);
  }

  startTimer(owner: Invocation, delayMs: number, fire: () => void): () => void {
    return owner.running ? this.#timers.start(owner, this.nowMs + Math.max(0, delayMs), fire) : () => {};
  }

  tell(entry: LogEntry): void {
    this.log.push(entry);
  }

  // What whoever drives the world decides.

  /** Calls that wait for their answer, oldest first. */
  get calls(): readonly PendingCall[] {
    return this.#calls;
  }

  get running(): readonly Invocation[] {
    return this.#running;
  }

  /** Lets a call happen. */
  answer(call: PendingCall, fate: Fate = 'answered'): void {
    this.forget(call);
    call.answer(fate);
  }

  /** Mappings that have a message to deliver and room to do it. */
  deliverable(): Mapping[] {
    return this.mappings.filter(({ queue, functionName, maxConcurrency }) => {
      queue.expire(this.nowMs);
      const active = this.#running.filter((invocation) => invocation.functionName === functionName).length;
      return active < maxConcurrency && queue.visible(this.nowMs).length > 0;
    });
  }

  /** Receives messages and starts an invocation with them. */
  deliver({ queue, functionName }: Mapping, messages: readonly QueuedMessage[]): Invocation {
    for (const message of messages) queue.receive(message, this.nowMs);
    return this.invoke(functionName, { queue, messages });
  }

  invoke(functionName: FunctionName, batch?: ReceivedBatch): Invocation {
    const about = { id: this.unique(), functionName, timeoutMs: this.timeoutMs[functionName], batch };
    const invocation = new Invocation(this, about);
    this.#running.push(invocation);
    void invocation.run(() => this.#handle(invocation));
    return invocation;
  }

  async #handle(invocation: Invocation): Promise<void> {
    const { id, functionName } = invocation;
    const environment = this.#environments.take(functionName);
    let failed: ReadonlySet<string> | undefined;
    try {
      failed = await environment.handle(invocation);
    } catch (error) {
      this.tell({ functionName, invocation: id, level: 'error', message: `thrown: ${String(error)}` });
    }
    // Only a process that is alive can respond.
    if (!invocation.running) return;
    this.#environments.giveBack(environment);
    this.#respond(invocation, failed);
  }

  /** Failed messages, or all when the function threw, come back when their visibility timeout ends. */
  #respond(invocation: Invocation, failed: ReadonlySet<string> | undefined): void {
    const { id, functionName, batch } = invocation;
    invocation.end();
    const calls = this.#calls.filter((call) => call.invocation === invocation).map(({ action }) => action);
    const timers = this.#timers.of(invocation).length;
    const files = invocation.disk.paths();
    const bodies = invocation.bodies.filter(({ isUnread }) => isUnread).length;
    if (calls.length + timers + files.length + bodies > 0)
      this.leftovers.push(
        `${functionName} ${id}: calls ${calls.join()}, ${timers} timers, files ${files.join()}, ${bodies} unread bodies`,
      );
    this.#drop(invocation);
    if (batch === undefined || failed === undefined || this.losesAcknowledgement(invocation)) return;
    for (const message of batch.messages) if (!failed.has(message.id)) batch.queue.delete(message);
  }

  /**
   * Ends a process in the middle of whatever it does.
   *
   * @param arrived calls of it that have their effect all the same: they were on their way
   */
  kill(invocation: Invocation, arrived: readonly PendingCall[] = []): void {
    invocation.die();
    this.#drop(invocation);
    for (const call of arrived) call.answer('answered');
  }

  #drop(invocation: Invocation): void {
    this.#running = this.#running.filter((other) => other !== invocation);
    this.#calls = this.#calls.filter((call) => call.invocation !== invocation);
    this.#timers.removeAll(invocation);
  }

  /** Runs the functions' code until all of it waits for the world again. */
  async settle(): Promise<void> {
    await eventLoopTurn();
  }

  /** The next moment at which something happens by itself. */
  nextEventMs(): number {
    const deadlines = this.#running.map(({ deadlineMs }) => deadlineMs);
    const queued = this.mappings.map(({ queue }) => queue.nextVisibleMs(this.nowMs));
    return Math.min(this.#nextSweepMs, this.#timers.nextMs(), ...deadlines, ...queued);
  }

  /** Time passes: timers fire, overdue invocations are ended, the sweeper starts when its time has come. */
  async pass(untilMs: number): Promise<void> {
    const toMs = Math.max(untilMs, this.nowMs);
    for (;;) {
      const overdue = this.#running.find(({ deadlineMs }) => deadlineMs <= toMs);
      const timer = this.#timers.takeDue(Math.min(toMs, overdue?.deadlineMs ?? toMs));
      if (timer !== undefined) {
        this.nowMs = Math.max(this.nowMs, timer.atMs);
        timer.fire();
        await this.settle();
      } else if (overdue !== undefined) {
        this.overdue.push(overdue.functionName);
        this.kill(overdue);
      } else break;
    }
    this.nowMs = toMs;
    if (this.#nextSweepMs > toMs) return;
    this.#nextSweepMs = toMs + sweepEveryMs;
    this.invoke('sweeper');
    await this.settle();
  }

  // What users and AWS's services do.

  send(queueName: string, body: string, delayMs = 0): void {
    const name = queueNames.find((candidate) => candidate === queueName);
    if (name === undefined) throw new Error(`no queue is called ${queueName}`);
    const id = `m${this.unique()}`;
    this.queues[name].add({ id, body, sentMs: this.nowMs, visibleMs: this.nowMs + delayMs, receives: 0 });
  }

  put(bucketName: string, key: string, body: Buffer, metadata: Readonly<Record<string, string>> = {}): StoredObject {
    const bucket = this.buckets.get(bucketName) ?? new SimulatedBucket();
    this.buckets.set(bucketName, bucket);
    return bucket.put(key, body, this.nowMs, metadata);
  }
}
