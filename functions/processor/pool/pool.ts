import { outcomeOfDeath } from './job.ts';
import type { Job } from './job.ts';
import { chooseVictim } from './memory-watch.ts';
import type { RendererVersions, RenderOutcome, RenderRequest } from './protocol.ts';
import { WorkerProcess } from './worker-process.ts';
import type { Death, TaskEnd } from './worker-process.ts';

export interface PoolOptions {
  /** The worker's entry, `worker.mjs` beside the bundle. */
  readonly workerPath: string;
  /** Worker processes at most, one per vCPU: see `poolSize`. */
  readonly size: number;
  /** Bytes that all workers together may use; each one's share is this divided by `size`. */
  readonly budgetBytes: number;
  /** Tasks after which a worker is replaced, whatever it uses. Default 2,000. */
  readonly maxTasksPerWorker?: number;
  /** Resident bytes above which a worker is replaced after its task. Default half its share. */
  readonly recycleRssBytes?: number;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Called when a worker takes the image up: what came before was waiting. Again when it is tried again. */
  readonly onStart?: () => void;
}

export interface Pool {
  /**
   * Renders one image in some worker. Whatever happens to the image or the process is a failed outcome; rejects
   * only when `signal` aborts or the pool is closed.
   */
  run(request: RenderRequest, options?: RunOptions): Promise<RenderOutcome>;
  workers(): { readonly pid: number; readonly busy: boolean }[];
  /** Versions of what renders; undefined until a worker was ready. */
  engine(): RendererVersions | undefined;
  /** Resolves when no image is queued or being rendered: no timer is armed from then on. */
  idle(): Promise<void>;
  /** Ends all workers; what is queued or running is rejected. */
  close(): Promise<void>;
}

/** One worker per vCPU that Lambda grants: 1,769 MB each. */
export function poolSize(memoryMb: number): number {
  return Math.max(1, Math.floor(memoryMb / 1_769));
}

/** How often memory is looked at while anything is rendered. */
const rssIntervalMs = 100;

class WorkerPool implements Pool {
  readonly #options: PoolOptions;
  readonly #shareBytes: number;
  readonly #workers = new Set<WorkerProcess>();
  readonly #running = new Map<WorkerProcess, Job>();
  readonly #exits = new Set<Promise<void>>();
  #queue: Job[] = [];
  /** The image that is rendered while no other one is: a giant, or one whose worker died before. */
  #exclusive: Job | undefined;
  #sampler: NodeJS.Timeout | undefined;
  #engine: RendererVersions | undefined;
  #idleWaiters: (() => void)[] = [];
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#shareBytes = options.budgetBytes / options.size;
  }

  run(request: RenderRequest, { signal, onStart }: RunOptions = {}): Promise<RenderOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<RenderOutcome>();
    if (this.#closed) return Promise.reject(new Error('the worker pool is closed'));
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const job: Job = {
      request,
      resolve,
      reject,
      onStart,
      abandoned: false,
      alone: false,
      waitsForBytes: undefined,
      startFailures: 0,
    };
    const abort = () => this.#abandon(job, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#queue.push(job);
    this.#dispatch();
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  workers(): { readonly pid: number; readonly busy: boolean }[] {
    this.#forgetDead();
    return [...this.#workers].flatMap((worker) =>
      worker.pid === undefined ? [] : [{ pid: worker.pid, busy: this.#running.has(worker) }],
    );
  }

  engine(): RendererVersions | undefined {
    return this.#engine;
  }

  async idle(): Promise<void> {
    if (this.#queue.length > 0 || this.#running.size > 0) {
      await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    }
    await Promise.all(this.#exits);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const reason = new Error('the worker pool is closed');
    for (const job of [...this.#queue, ...this.#running.values()]) this.#abandon(job, reason);
    for (const worker of this.#workers) this.#retire(worker, 'the pool is closed');
    await this.idle();
  }

  /** Starts what may start now. An image alone, or one that waits to be, stops others from being taken up. */
  #dispatch(): void {
    if (this.#exclusive !== undefined || this.#admitWaiting()) return;
    while (this.#running.size < this.#options.size) {
      const job = this.#queue[0];
      if (job === undefined || (job.alone && this.#running.size > 0)) return;
      this.#queue.shift();
      this.#start(job);
      if (job.alone) return;
    }
  }

  /** Admits one giant once all other workers are idle or wait as well; true while any waits. */
  #admitWaiting(): boolean {
    const waiting = [...this.#running].filter(([, job]) => job.waitsForBytes !== undefined);
    const first = waiting[0];
    if (first === undefined) return false;
    if (waiting.length < this.#running.size) return true;
    const [worker, job] = first;
    this.#makeRoom(job.waitsForBytes ?? 0, worker);
    job.waitsForBytes = undefined;
    this.#exclusive = job;
    worker.admit();
    return true;
  }

  /** Ends idle workers when a giant would not fit beside what they hold. */
  #makeRoom(bytes: number, giant: WorkerProcess): void {
    const others = [...this.#workers].filter((worker) => worker !== giant);
    const held = others.reduce((sum, worker) => sum + worker.sampleRss(), 0);
    if (bytes + held <= this.#options.budgetBytes) return;
    for (const worker of others) if (!this.#running.has(worker)) this.#retire(worker, 'its memory is needed');
  }

  #start(job: Job): void {
    if (job.alone) this.#exclusive = job;
    const worker = this.#workerFor(job);
    this.#running.set(worker, job);
    this.#watchMemory();
    job.onStart?.();
    const onNeedsMemory = (bytes: number) => {
      job.waitsForBytes = bytes;
      if (this.#exclusive === job) this.#exclusive = undefined;
      this.#dispatch();
    };
    const limits = { shareBytes: this.#shareBytes, budgetBytes: this.#options.budgetBytes, onNeedsMemory };
    // Both are synchronous and never throw: #settle answers the job, whatever the end.
    void worker.run(job.request, limits).then((end) => this.#settle(job, worker, end));
  }

  #workerFor(job: Job): WorkerProcess {
    this.#forgetDead();
    const idle = [...this.#workers].filter((worker) => !this.#running.has(worker));
    if (!job.alone && idle[0] !== undefined) return idle[0];
    if (this.#workers.size >= this.#options.size && idle[0] !== undefined)
      this.#retire(idle[0], 'a fresh one is needed');
    const worker = new WorkerProcess(this.#options.workerPath);
    this.#workers.add(worker);
    return worker;
  }

  #settle(job: Job, worker: WorkerProcess, end: TaskEnd): void {
    this.#running.delete(worker);
    this.#engine ??= worker.versions;
    job.waitsForBytes = undefined;
    if (this.#exclusive === job) this.#exclusive = undefined;
    if (end.kind === 'done') {
      job.resolve(end.outcome);
      this.#recycle(worker, end.rssBytes);
    } else {
      this.#workers.delete(worker);
      this.#settleDeath(job, this.#explainDeath(worker, end.death));
    }
    this.#dispatch();
    if (this.#running.size === 0) this.#becomeIdle();
  }

  /** The kernel's out-of-memory killer says only SIGKILL. */
  #explainDeath({ lastRssBytes }: WorkerProcess, death: Death): Death {
    const memory = death.cause === 'crash' && death.message.endsWith('SIGKILL') && lastRssBytes > this.#shareBytes;
    return memory ? { cause: 'memory', message: 'was killed while it used more than its share of memory' } : death;
  }

  #settleDeath(job: Job, death: Death): void {
    if (job.abandoned) return;
    const outcome = outcomeOfDeath(job, death);
    if (outcome === undefined) this.#queue.unshift(job);
    else job.resolve(outcome);
  }

  #recycle(worker: WorkerProcess, rssBytes: number): void {
    const { maxTasksPerWorker = 2_000, recycleRssBytes = this.#shareBytes / 2 } = this.#options;
    if (worker.tasksDone >= maxTasksPerWorker) this.#retire(worker, `${worker.tasksDone} images`);
    else if (rssBytes > recycleRssBytes) this.#retire(worker, `${Math.round(rssBytes / 1e6)} MB`);
  }

  #retire(worker: WorkerProcess, message: string): void {
    this.#workers.delete(worker);
    const exit = worker.kill({ cause: 'retired', message }).finally(() => this.#exits.delete(exit));
    this.#exits.add(exit);
  }

  #abandon(job: Job, reason: unknown): void {
    job.abandoned = true;
    job.reject(reason);
    this.#queue = this.#queue.filter((queued) => queued !== job);
    for (const [worker, running] of this.#running) if (running === job) this.#retire(worker, 'the image was given up');
  }

  /** Idle workers may be killed from outside; nobody is told until their place is needed. */
  #forgetDead(): void {
    for (const worker of this.#workers) if (worker.dead && !this.#running.has(worker)) this.#workers.delete(worker);
  }

  #watchMemory(): void {
    this.#sampler ??= setInterval(() => this.#checkMemory(), rssIntervalMs);
  }

  #checkMemory(): void {
    const { budgetBytes } = this.#options;
    const uses = [...this.#workers].map((worker) => {
      const job = this.#running.get(worker);
      const allowanceBytes = job !== undefined && job === this.#exclusive ? budgetBytes : this.#shareBytes;
      // Short tasks say at their end what they used.
      const rssBytes = worker.busyMs < rssIntervalMs ? worker.lastRssBytes : worker.sampleRss();
      return { worker, rssBytes, allowanceBytes, busy: job !== undefined };
    });
    const victim = chooseVictim(uses, budgetBytes);
    if (victim === undefined) return;
    if (!victim.busy) this.#retire(victim.worker, 'its memory is needed');
    else void victim.worker.kill({ cause: 'memory', message: `used ${Math.round(victim.rssBytes / 1e6)} MB` });
  }

  #becomeIdle(): void {
    clearInterval(this.#sampler);
    this.#sampler = undefined;
    if (this.#queue.length > 0) return;
    for (const wake of this.#idleWaiters.splice(0)) wake();
  }
}

/** A pool of worker processes that start with the first images and stay until recycled or closed. */
export function createPool(options: PoolOptions): Pool {
  return new WorkerPool(options);
}
