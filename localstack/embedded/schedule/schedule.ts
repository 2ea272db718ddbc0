import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { StackClosedError, TooManyRequestsError } from '../lambda/invocation.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import type { ScheduleModel } from '../template/stack-model.ts';

export interface ScheduleOptions {
  readonly schedule: ScheduleModel;
  readonly targets: readonly { readonly target: LambdaFunction; readonly input: string | undefined }[];
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  readonly onFailure: (error: unknown) => void;
}

/** A rule with a rate: invokes its targets once a period, first one period after the stack was opened. */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #closing = new AbortController();
  readonly #invocations = new Set<Promise<void>>();
  readonly #done: Promise<void>;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Resolves when no invocation is running (which the closing of the functions brings about). */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
    await Promise.all(this.#invocations);
  }

  async #run(): Promise<void> {
    const { clock, schedule, targets } = this.#options;
    const { signal } = this.#closing;
    for (;;) {
      await clock.wait(schedule.periodMs, signal);
      if (signal.aborted) return;
      for (const { target, input } of targets) this.#fire(target, input ?? JSON.stringify(this.#event()));
    }
  }

  #fire(target: LambdaFunction, payload: string): void {
    const invocation = target.invoke(payload).then(
      () => undefined, // what the function made of it is in its log
      (error: unknown) => {
        const isLogged = error instanceof TooManyRequestsError || error instanceof StackClosedError;
        if (!isLogged) this.#options.onFailure(error);
      },
    );
    this.#invocations.add(invocation);
    void invocation.then(() => this.#invocations.delete(invocation));
  }

  /** https://docs.aws.amazon.com/eventbridge/latest/ref/event-delivery-level.html: times without milliseconds. */
  #event(): object {
    const { accountId, clock, region, schedule } = this.#options;
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: accountId,
      time: new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources: [schedule.ruleArn],
      detail: {},
    };
  }
}
