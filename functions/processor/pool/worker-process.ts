import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Recipe } from '../../../shared/core/recipe.ts';
import type { HostMessage, RendererVersions, RenderOutcome, RenderRequest } from './protocol.ts';
import { WorkerMessageSchema } from './protocol.ts';
import { residentBytes } from './resident-memory.ts';
import { workerEnvironment } from './worker-environment.ts';

/** Why a worker process is gone. `start`: it never became ready, so no image is to blame. */
export type DeathCause = 'start' | 'unusable' | 'timeout' | 'memory' | 'crash' | 'retired';

export interface Death {
  readonly cause: DeathCause;
  /** One line: `ended with exit code 133`, `was killed by SIGSEGV`. */
  readonly message: string;
}

/** How a task ended in this worker. */
export type TaskEnd =
  | { readonly kind: 'done'; readonly outcome: RenderOutcome; readonly rssBytes: number }
  | { readonly kind: 'died'; readonly death: Death };

export interface TaskLimits {
  /** Above this prediction the worker asks before it decodes. */
  readonly shareBytes: number;
  /** Above this prediction the image fails as OUT_OF_MEMORY at once. */
  readonly budgetBytes: number;
  readonly onNeedsMemory: (bytes: number) => void;
}

/** sharp's own timeout comes first and costs no process; it counts whole seconds and does not see encoders. */
const watchdogGraceMs = 500;
/** A cold start on Lambda loads libvips from a fresh disk. */
const startTimeoutMs = 20_000;

interface Task {
  readonly request: RenderRequest;
  readonly limits: TaskLimits;
  readonly sinceMs: number;
  readonly end: (end: TaskEnd) => void;
}

/** One forked renderer: at most one task at a time, watched by a timer only while it has one. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #ready = false;
  #task: Task | undefined;
  #recipe: Recipe | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  /** Why it is being ended, when that is our doing or it said so itself. */
  #doom: Death | undefined;
  #death: Death | undefined;
  tasksDone = 0;
  /** Known once it is ready. */
  versions: RendererVersions | undefined;
  lastRssBytes = 0;

  constructor(workerPath: string) {
    this.#child = fork(workerPath, {
      env: workerEnvironment(process.env),
      execArgv: [],
      // Its stdout would mix with the host's protocol or JSON output; crash messages belong into the log.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#onGone(signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`);
        resolve();
      });
      this.#child.once('error', (error) => {
        this.#onGone(`could not be used: ${error.message}`);
        resolve();
      });
    });
    this.#child.on('message', (message) => this.#onMessage(message));
    this.#arm(startTimeoutMs, { cause: 'start', message: `was not ready within ${startTimeoutMs / 1000} s` });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get dead(): boolean {
    return this.#death !== undefined;
  }

  /** Renders one image; a death of the process is an end like any other. */
  run(request: RenderRequest, limits: TaskLimits): Promise<TaskEnd> {
    return new Promise((end) => {
      this.#hold();
      this.#task = { request, limits, sinceMs: performance.now(), end };
      if (this.#death !== undefined) this.#finish({ kind: 'died', death: this.#death });
      else if (this.#ready) this.#sendTask();
    });
  }

  /** Answers `onNeedsMemory`: the image may be decoded, and its time starts again. */
  admit(): void {
    this.#send({ type: 'admitted' });
    this.#watchTask();
  }

  /** Milliseconds since it took its task up; 0 while it has none. */
  get busyMs(): number {
    return this.#task === undefined ? 0 : performance.now() - this.#task.sinceMs;
  }

  /** Resident bytes now, or as last reported where the system does not tell. */
  sampleRss(): number {
    const sampled = this.pid === undefined ? undefined : residentBytes(this.pid);
    if (sampled !== undefined) this.lastRssBytes = sampled;
    return this.lastRssBytes;
  }

  /** Ends the process at once; resolves when it is gone. */
  kill(death: Death): Promise<void> {
    this.#doom ??= death;
    // Whoever awaits the exit must live to see it.
    this.#child.ref();
    this.#child.kill('SIGKILL');
    return this.#exited;
  }

  #onMessage(received: unknown): void {
    const parsed = WorkerMessageSchema.safeParse(received);
    if (!parsed.success) {
      void this.kill({ cause: 'crash', message: 'sent a message that is not understood' });
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.versions = message.versions;
        this.#disarm();
        if (this.#task === undefined) this.#release();
        else this.#sendTask();
        return;
      case 'unusable':
        void this.kill({ cause: 'unusable', message: message.message });
        return;
      case 'needs-memory':
        this.#disarm();
        this.#task?.limits.onNeedsMemory(message.bytes);
        return;
      case 'done':
        this.tasksDone += 1;
        this.lastRssBytes = message.rssBytes;
        this.#finish({ kind: 'done', outcome: message.outcome, rssBytes: message.rssBytes });
    }
  }

  #onGone(message: string): void {
    const cause = this.#ready ? 'crash' : 'start';
    this.#death ??= this.#doom ?? { cause, message };
    this.#finish({ kind: 'died', death: this.#death });
  }

  #finish(end: TaskEnd): void {
    this.#disarm();
    this.#release();
    const task = this.#task;
    this.#task = undefined;
    task?.end(end);
  }

  #sendTask(): void {
    if (this.#task === undefined) return;
    const { request, limits } = this.#task;
    const { recipe, ...task } = request;
    const { shareBytes, budgetBytes } = limits;
    if (recipe !== this.#recipe) this.#send({ type: 'recipe', recipe });
    this.#recipe = recipe;
    this.#send({ type: 'render', task, shareBytes, budgetBytes });
    this.#watchTask();
  }

  #watchTask(): void {
    if (this.#task === undefined) return;
    const { timeoutMs } = this.#task.request;
    this.#arm(timeoutMs + watchdogGraceMs, {
      cause: 'timeout',
      message: `did not finish within ${timeoutMs / 1000} s`,
    });
  }

  #send(message: HostMessage): void {
    // A channel that is closing shows as the child's exit, which ends the task.
    this.#child.send(message, () => {});
  }

  #arm(delayMs: number, death: Death): void {
    this.#disarm();
    this.#watchdog = setTimeout(() => void this.kill(death), delayMs);
  }

  #disarm(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = undefined;
  }

  /** A busy worker keeps the host alive, an idle one does not. */
  #hold(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }

  #release(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }
}
