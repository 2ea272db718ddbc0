import type { Clock } from '../clock.ts';
import { chance, stableName } from './decision.ts';
import { requireValid } from './fault-plan.ts';
import type { FaultKind, FaultPlan, FaultRule, Outage } from './fault-plan.ts';

/** What a fault may strike: `what` is told of afterwards (an action, a queue, a function), `name` tells one from another. */
export interface FaultSubject {
  readonly what: string;
  readonly name: string;
}

/** A fault that is decided and has not happened yet. */
export interface DueFault {
  readonly maxMs: number | undefined;
  /** 0 to 1: how late, how far, which one; another for each word. */
  amount(word: string): number;
  /** Records it. False when the rule's limit is reached: then it must not happen. */
  happen(): boolean;
}

export interface InjectedFault {
  readonly kind: FaultKind;
  readonly what: string;
  readonly count: number;
}

/** Decides what goes wrong, by the plan that is set, and records what did. */
export class Faults {
  readonly #clock: Clock;
  #plan: FaultPlan | undefined;
  #setAtMs = 0;
  #occurrences = new Map<string, number>();
  #happened = new Map<FaultRule, number>();
  #injected = new Map<string, InjectedFault>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Replaces the plan; occurrences and the record begin anew. Throws RangeError for a rate outside of 0 to 1. */
  set(plan: FaultPlan): void {
    requireValid(plan);
    this.#plan = plan;
    this.#setAtMs = this.#clock.now();
    this.#occurrences = new Map();
    this.#happened = new Map();
    this.#injected = new Map();
  }

  /** Nothing goes wrong from now on; the record stays. */
  clear(): void {
    this.#plan = undefined;
  }

  /** What has happened since the plan was set, the most frequent first. */
  get injected(): InjectedFault[] {
    return [...this.#injected.values()].toSorted((a, b) => b.count - a.count);
  }

  get sparesLastDelivery(): boolean {
    return this.#plan?.deadLetters !== true;
  }

  /** Decides about one occurrence of a subject. */
  due(kind: FaultRule['kind'], { what, name }: FaultSubject): DueFault | undefined {
    const plan = this.#plan;
    const rule = plan?.rules.find((each) => each.kind === kind && `${what} ${name}`.includes(each.only ?? ''));
    if (plan === undefined || rule === undefined) return undefined;
    const words = [kind, what, stableName(name)];
    const occurrence = this.#count(words.join(' '));
    if (chance(plan.seed, ...words, occurrence) >= rule.rate) return undefined;
    return {
      maxMs: rule.maxMs,
      amount: (word) => chance(plan.seed, ...words, occurrence, word),
      happen: () => this.#happen(rule, what),
    };
  }

  /** Decides and records at once, for what happens on the spot. */
  strike(kind: FaultRule['kind'], subject: FaultSubject): DueFault | undefined {
    const fault = this.due(kind, subject);
    return fault?.happen() === true ? fault : undefined;
  }

  /** Whether a service is down now; records the request that found it so. */
  isOut(service: keyof Omit<Outage, 'fromMs' | 'toMs'>, what: string): boolean {
    const sinceMs = this.#clock.now() - this.#setAtMs;
    const isOut = this.#plan?.outages?.some(
      (outage) => outage[service] === true && outage.fromMs <= sinceMs && sinceMs < outage.toMs,
    );
    if (isOut === true) this.#record('outage', what);
    return isOut === true;
  }

  #count(id: string): number {
    const occurrence = (this.#occurrences.get(id) ?? 0) + 1;
    this.#occurrences.set(id, occurrence);
    return occurrence;
  }

  #happen(rule: FaultRule, what: string): boolean {
    const before = this.#happened.get(rule) ?? 0;
    if (before >= (rule.limit ?? Infinity)) return false;
    this.#happened.set(rule, before + 1);
    this.#record(rule.kind, what);
    return true;
  }

  #record(kind: FaultKind, what: string): void {
    const id = `${kind} ${what}`;
    this.#injected.set(id, { kind, what, count: (this.#injected.get(id)?.count ?? 0) + 1 });
  }
}
