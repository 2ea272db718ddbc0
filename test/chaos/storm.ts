import { seededRandom, type Random } from '../../cli/sample/random.ts';
import { isAnnounced, maxLosses, mayRepeat } from '../model/bounds.ts';
import type { Fate, PendingCall } from '../simulation/invocation.ts';
import type { QueuedMessage, SimulatedQueue } from '../simulation/simulated-queue.ts';
import type { Mapping } from '../simulation/topology.ts';
import type { World } from '../simulation/world.ts';
import { weatherOf, type Weather } from './weather.ts';

const maxFaults = 30;
/** 30, 60, 120 and 240 s after each other, and the one that finds S3 there. */
const copiesOfAnOutage = 5;
const maxLatencyMs = 60;
const minuteMs = 60_000;

/** Everything that happens in a world, decided by a seed: which call or delivery is next, and what goes wrong. */
export class Storm {
  readonly #world: World;
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #faultsAllowed: number;
  readonly #lossesAllowed: number;
  #faults = 0;
  #losses = 0;

  /** @param losses messages that may be lost for good, each by itself or with its queue */
  constructor(world: World, seed: number, losses: number = maxLosses) {
    this.#world = world;
    this.#lossesAllowed = losses;
    this.#random = seededRandom(seed);
    this.#weather = weatherOf(this.#random);
    this.#faultsAllowed = this.#random.integer(1, maxFaults);
    world.random = () => this.#random.between(0, 1);
    world.listingPageSize = this.#random.pick([2, 5, 1_000]);
    world.losesAcknowledgement = (invocation) =>
      mayRepeat(this.#world, invocation) && this.#strikes('lostAcknowledgement');
  }

  /** Faults so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Messages were lost, or seemed to be. */
  get mayHaveLost(): boolean {
    return this.#losses > 0;
  }

  /** Lets one thing happen. False when there is nothing to do but to wait. */
  async step(): Promise<boolean> {
    const world = this.#world;
    this.#act();
    const mappings = world.deliverable();
    const count = world.calls.length + mappings.length;
    if (count === 0) return false;
    const chosen = this.#random.integer(0, count - 1);
    const call = world.calls[chosen];
    const mapping = mappings[chosen - world.calls.length];
    if (call !== undefined) this.#decide(call);
    else if (mapping !== undefined) this.#deliver(mapping);
    await world.settle();
    await world.pass(world.nowMs + this.#random.integer(0, maxLatencyMs));
    return true;
  }

  #strikes(kind: keyof Weather): boolean {
    if (this.#faults >= this.#faultsAllowed || !this.#random.chance(this.#weather[kind])) return false;
    this.#faults += 1;
    return true;
  }

  /** As {@link #strikes}, for what a shard survives only so often. */
  #strikesForGood(kind: keyof Weather): boolean {
    if (this.#losses >= this.#lossesAllowed || !this.#strikes(kind)) return false;
    this.#losses += 1;
    return true;
  }

  // Calls.

  #decide(call: PendingCall): void {
    const { invocation } = call;
    if (mayRepeat(this.#world, invocation)) {
      const others = this.#world.calls.filter((other) => other.invocation === invocation && other !== call);
      // What else was on its way may have arrived.
      const arrived = (): PendingCall[] =>
        others.filter(({ access }) => access !== 'compute' && this.#random.chance(0.5));
      const lethal = invocation.functionName === 'sweeper' ? this.#strikesForGood.bind(this) : this.#strikes.bind(this);
      if (lethal('crashBefore')) return this.#world.kill(invocation, arrived());
      if (call.access !== 'compute' && lethal('crashAfter')) return this.#world.kill(invocation, [call, ...arrived()]);
    }
    this.#world.answer(call, this.#fateOf(call));
  }

  #fateOf({ access, action, invocation }: PendingCall): Fate {
    if (access === 'compute') return 'answered';
    if (action === 'GetQueueAttributes' && this.#strikesForGood('partial')) return 'partial';
    // A processor makes a copy of what S3 denies it; any other call that fails has the message delivered once more.
    const ownCare = access !== 'send' && invocation.functionName === 'processor';
    if (!ownCare && !mayRepeat(this.#world, invocation)) return 'answered';
    if (access === 'send' && this.#strikes('partial')) return 'partial';
    const strikes = invocation.functionName === 'sweeper' ? this.#strikesForGood.bind(this) : this.#strikes.bind(this);
    if (access === 'conditional-write' && this.#strikes('conflict')) return 'conflict';
    if (strikes('refused')) return 'refused';
    return strikes('unanswered') ? 'unanswered' : 'answered';
  }

  // Messages.

  #deliver(mapping: Mapping): void {
    const visible = this.#shuffled(mapping.queue.visible(this.#world.nowMs));
    const batch = visible.slice(0, this.#random.integer(1, mapping.batchSize));
    for (const message of batch) if (this.#strikes('duplicate')) this.#duplicate(mapping.queue, message);
    this.#world.deliver(mapping, batch);
  }

  /** A copy on a server of SQS that was not there when the message was deleted: it may turn up at any time. */
  #duplicate(queue: SimulatedQueue, message: QueuedMessage): void {
    const visibleMs = this.#world.nowMs + this.#random.pick([0, 1_000, 30 * minuteMs]);
    queue.add({ ...message, receives: 0, visibleMs });
  }

  #shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, order: this.#random.between(0, 1) }))
      .toSorted((a, b) => a.order - b.order)
      .map(({ item }) => item);
  }

  // What concerns more than one call.

  #act(): void {
    const { running, queues, nowMs } = this.#world;
    if (this.#strikes('killAll'))
      for (const invocation of running) if (mayRepeat(this.#world, invocation)) this.#world.kill(invocation);
    // Before that, it would add to the failures of the one message that there is.
    if (isAnnounced(this.#world) && this.#strikes('outage')) {
      this.#world.s3OutageUntilMs = nowMs + 10 * minuteMs;
      this.#faults += copiesOfAnOutage;
    }
    if (this.#strikes('clockJump')) this.#jump();
    if (this.#strikes('deleteStatus')) this.#deleteStatus();
    if (this.#strikes('earlyVisibility')) this.#showEarly();
    const lossy = this.#random.pick([queues.uploads, queues.shards, queues.receipts, queues.rescue]);
    if (lossy === queues.uploads && !isAnnounced(this.#world)) return;
    if (lossy.messages.length === 0) return;
    if (this.#strikesForGood('purge')) lossy.clear();
    const [victim] = this.#shuffled(lossy.messages);
    if (victim !== undefined && this.#strikesForGood('lostMessage')) lossy.delete(victim);
  }

  /** All processes stand still for some minutes: some are over their time then. */
  #jump(): void {
    const { running, nowMs } = this.#world;
    const toMs = nowMs + this.#random.integer(1, 20) * minuteMs;
    for (const invocation of running)
      if (invocation.deadlineMs <= toMs && mayRepeat(this.#world, invocation)) this.#world.kill(invocation);
    if (this.#world.running.every(({ deadlineMs }) => deadlineMs > toMs)) this.#world.nowMs = toMs;
  }

  #deleteStatus(): void {
    const statuses = this.#world
      .results()
      .keys('_fanlight/jobs/')
      .filter((key) => key.endsWith('/status.json'))
      .filter((key) => this.#world.results().get(key.replace('status.json', 'report.json')) === undefined);
    const [key] = this.#shuffled(statuses);
    if (key !== undefined) this.#world.results().delete(key);
  }

  /** A message becomes visible while it is being worked on: two invocations then have it. */
  #showEarly(): void {
    const [invocation] = this.#shuffled(this.#world.running.filter((one) => one.batch !== undefined));
    const [message] = this.#shuffled(invocation?.batch?.messages ?? []);
    if (invocation === undefined || message === undefined) return;
    if (mayRepeat(this.#world, invocation)) message.visibleMs = this.#world.nowMs;
  }
}
