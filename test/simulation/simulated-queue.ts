/** A message as the queue keeps it. */
export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  readonly sentMs: number;
  visibleMs: number;
  receives: number;
}

export interface QueueOptions {
  readonly visibilityTimeoutMs: number;
  readonly retentionMs: number;
  /** Where a message goes instead of being received once more than this. */
  readonly redrive?: { readonly maxReceives: number; readonly to: SimulatedQueue };
}

/** A standard queue: at least once, in no order. */
export class SimulatedQueue {
  readonly name: string;
  readonly options: QueueOptions;
  #messages: QueuedMessage[] = [];

  constructor(name: string, options: QueueOptions) {
    this.name = name;
    this.options = options;
  }

  /** All that have not been deleted, in flight or not. */
  get messages(): readonly QueuedMessage[] {
    return this.#messages;
  }

  add(message: QueuedMessage): void {
    this.#messages.push(message);
  }

  /** Also what is in flight, as PurgeQueue does. */
  clear(): void {
    this.#messages = [];
  }

  delete(message: QueuedMessage): void {
    this.#messages = this.#messages.filter((other) => other !== message);
  }

  /** Moves what has been received too often to the dead-letter queue, forgets what is too old. */
  expire(nowMs: number): void {
    const { retentionMs, redrive } = this.options;
    if (this.#messages.some(({ sentMs }) => nowMs - sentMs > retentionMs))
      this.#messages = this.#messages.filter(({ sentMs }) => nowMs - sentMs <= retentionMs);
    if (redrive === undefined) return;
    const isDead = ({ receives, visibleMs }: QueuedMessage): boolean =>
      receives >= redrive.maxReceives && visibleMs <= nowMs;
    if (!this.#messages.some(isDead)) return;
    // The dead-letter queue counts receives anew and keeps the time of sending.
    for (const { id, body, sentMs } of this.#messages.filter(isDead))
      redrive.to.add({ id, body, sentMs, visibleMs: nowMs, receives: 0 });
    this.#messages = this.#messages.filter((message) => !isDead(message));
  }

  visible(nowMs: number): QueuedMessage[] {
    return this.#messages.filter(({ visibleMs }) => visibleMs <= nowMs);
  }

  receive(message: QueuedMessage, nowMs: number): void {
    message.receives += 1;
    message.visibleMs = nowMs + this.options.visibilityTimeoutMs;
  }

  /** When the next message becomes visible; Infinity when there is none to wait for. */
  nextVisibleMs(nowMs: number): number {
    return this.#messages.reduce(
      (next, { visibleMs }) => (visibleMs > nowMs ? Math.min(next, visibleMs) : next),
      Infinity,
    );
  }
}
