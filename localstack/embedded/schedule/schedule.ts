import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { eventTime } from '../events/event-bus.ts';
import type { DeliverEvent } from '../events/rule-targets.ts';

export interface ScheduleOptions {
  readonly ruleArn: string;
  readonly periodMs: number;
  readonly targets: readonly DeliverEvent[];
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
}

/** A rule with a rate: an event to its targets once a period, first one period after the stack was opened. */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  #nextDueMs: number;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#nextDueMs = options.clock.now() + options.periodMs;
    this.#done = this.#run();
  }

  nextDueMs(): number {
    return this.#nextDueMs;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { clock, periodMs, targets } = this.#options;
    const { signal } = this.#closing;
    for (;;) {
      await clock.wait(this.#nextDueMs - clock.now(), signal);
      if (signal.aborted) return;
      this.#nextDueMs = clock.now() + periodMs;
      for (const deliver of targets) deliver(this.#event());
    }
  }

  #event(): object {
    const { accountId, clock, region, ruleArn } = this.#options;
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: accountId,
      time: eventTime(clock.now()),
      region,
      resources: [ruleArn],
      detail: {},
    };
  }
}
