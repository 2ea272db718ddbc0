import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { matchesPattern } from './event-pattern.ts';
import type { EventPattern } from './event-pattern.ts';
import type { DeliverEvent } from './rule-targets.ts';

/** An event as it is given to PutEvents. */
export interface IncomingEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: object;
  readonly resources: readonly string[];
  /** Epoch milliseconds; default: now. */
  readonly timeMs: number | undefined;
}

interface BusRule {
  readonly pattern: EventPattern;
  readonly targets: readonly DeliverEvent[];
}

/** The default event bus: hands each event to the targets of the rules that match it, at once and once. */
export class EventBus {
  readonly accountId: string;
  readonly region: string;
  readonly #clock: Clock;
  readonly #rules: BusRule[] = [];

  constructor({ clock, accountId, region }: { clock: Clock; accountId: string; region: string }) {
    this.#clock = clock;
    this.accountId = accountId;
    this.region = region;
  }

  get arn(): string {
    return `arn:aws:events:${this.region}:${this.accountId}:event-bus/default`;
  }

  addRule(rule: BusRule): void {
    this.#rules.push(rule);
  }

  /** Returns the event's id. */
  put({ source, detailType, detail, resources, timeMs }: IncomingEvent): string {
    const id = randomUUID();
    const event = {
      version: '0',
      id,
      'detail-type': detailType,
      source,
      account: this.accountId,
      time: eventTime(timeMs ?? this.#clock.now()),
      region: this.region,
      resources,
      detail,
    };
    const matching = this.#rules.filter(({ pattern }) => matchesPattern(pattern, event));
    for (const deliver of matching.flatMap(({ targets }) => targets)) deliver(event);
    return id;
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/event-delivery-level.html: times without milliseconds. */
export function eventTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/u, 'Z');
}
