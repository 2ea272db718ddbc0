import * as fc from 'fast-check';
import { PartStatusSchema } from '../../shared/core/job.ts';
import { OutcomeSet } from '../../shared/core/outcome-set.ts';
import { receiptNameOfKey } from '../../shared/core/receipt.ts';
import type { PendingCall } from '../simulation/invocation.ts';
import type { SimulatedQueue } from '../simulation/simulated-queue.ts';
import { isAnnounced, maxLosses, mayRepeat } from './bounds.ts';
import type { WatchedJob } from './watched-job.ts';

/** What is known of a job and can only grow, whatever happens. */
export interface Model {
  /** Receipts ever seen: durable once written. */
  readonly receipts: Set<string>;
  /** By key of a document that is written once: its ETag. */
  readonly truths: Map<string, string>;
  losses: number;
  faults: number;
}

export const nothingKnown = (): Model => ({ receipts: new Set(), truths: new Map(), losses: 0, faults: 0 });

type Command = fc.AsyncCommand<Model, WatchedJob>;

/** Compares what is stored with what was known before, and learns from it. */
function observe(model: Model, { world }: WatchedJob): void {
  const bucket = world.results();
  const keys = new Set(bucket.keys('_fanlight/jobs/'));
  for (const [key, etag] of model.truths)
    if (bucket.get(key)?.etag !== etag) throw new Error(`${key} was the truth and is not any more`);
  for (const key of keys) {
    if (/(plan\.jsonl|results\.jsonl|done\.json|seal\.json|report\.json|job\.json)$/.test(key))
      model.truths.set(key, bucket.get(key)?.etag ?? '');
    if (receiptNameOfKey(key) !== undefined) model.receipts.add(key);
    if (/\/parts\/\d+\/status\.json$/.test(key)) checkStatus(model, key, bucket.get(key)?.body.toString() ?? '');
  }
  for (const key of model.receipts) if (!keys.has(key)) throw new Error(`the receipt ${key} is gone`);
  // The order in which a job comes to its end.
  for (const key of keys) {
    if (key.endsWith('/done.json') && !keys.has(key.replace('done.json', 'results.jsonl')))
      throw new Error(`${key} without results`);
    if (key.endsWith('/report.json') && !keys.has(key.replace('report.json', 'seal.json')))
      throw new Error(`${key} without a seal`);
  }
}

/** A status counts what its own set holds, and knows of no receipt that is not durable. */
function checkStatus({ receipts }: Model, key: string, text: string): void {
  const status = PartStatusSchema.parse(JSON.parse(text));
  const counts = OutcomeSet.decode(status.images, status.outcomes).counts();
  const { succeeded, failed, skipped } = status.counts;
  if (counts.succeeded !== succeeded || counts.failed !== failed || counts.skipped !== skipped)
    throw new Error(`${key} counts what its set does not hold`);
  const prefix = key.replace('status.json', 'receipts/');
  const unknown = status.receipts.find((name) => !receipts.has(`${prefix}${name}.json`));
  if (unknown !== undefined) throw new Error(`${key} knows of ${unknown}, which is not stored`);
}

function command(description: string, act: (job: WatchedJob, model: Model) => void | Promise<void>): Command {
  return {
    check: () => true,
    run: async (model, job) => {
      await act(job, model);
      await job.world.settle();
      observe(model, job);
    },
    toString: () => description,
  };
}

function nth<Item>(items: readonly Item[], index: number): Item | undefined {
  return items[index % Math.max(1, items.length)];
}

const queueNames = ['uploads', 'shards', 'receipts', 'rescue'] as const;
const queues = fc.constantFrom(...queueNames);
const indices = fc.nat({ max: 7 });

/** Whether one more fault is within what the protocol promises to survive. */
function allowed({ world }: WatchedJob, { invocation }: PendingCall): boolean {
  return mayRepeat(world, invocation) && invocation.functionName !== 'sweeper';
}

const start = fc.tuple(queues, indices, fc.integer({ min: 1, max: 4 })).map(([name, index, count]) =>
  command(`start ${name} ${index}..+${count}`, ({ world }) => {
    const mapping = world.deliverable().find(({ queue }) => queue.name === name);
    const visible = mapping?.queue.visible(world.nowMs) ?? [];
    const from = index % Math.max(1, visible.length);
    const batch = visible.slice(from, from + Math.min(count, mapping?.batchSize ?? 0));
    if (mapping !== undefined && batch.length > 0) world.deliver(mapping, batch);
  }),
);

const answer = fc.tuple(indices, fc.integer({ min: 1, max: 12 })).map(([index, times]) =>
  command(`answer ${index} ${times} times`, async ({ world }) => {
    for (let time = 0; time < times; time++) {
      const call = nth(world.calls, index);
      if (call === undefined) return;
      world.answer(call);
      await world.settle();
      await world.pass(world.nowMs + 5);
    }
  }),
);

const crash = fc.tuple(indices, fc.boolean()).map(([index, arrives]) =>
  command(`crash ${index} ${arrives ? 'after' : 'before'}`, (job, model) => {
    const call = nth(job.world.calls, index);
    if (call === undefined || !allowed(job, call)) return;
    model.faults += 1;
    job.world.kill(call.invocation, arrives && call.access !== 'compute' ? [call] : []);
  }),
);

const error = fc.tuple(indices, fc.constantFrom('refused', 'unanswered', 'partial', 'conflict')).map(([index, fate]) =>
  command(`${fate} ${index}`, (job, model) => {
    const call = nth(job.world.calls, index);
    if (call === undefined || !allowed(job, call) || call.access === 'compute') return;
    if ((fate === 'partial' && call.access !== 'send') || (fate === 'conflict' && call.access !== 'conditional-write'))
      return;
    model.faults += 1;
    job.world.answer(call, fate);
  }),
);

const duplicate = fc.tuple(queues, indices).map(([name, index]) =>
  command(`duplicate ${name} ${index}`, ({ world }, model) => {
    const message = nth(world.queues[name].messages, index);
    if (message === undefined) return;
    model.faults += 1;
    world.queues[name].add({ ...message, receives: 0, visibleMs: world.nowMs });
  }),
);

function lose(job: WatchedJob, model: Model, queue: SimulatedQueue, act: () => void): void {
  if (model.losses === maxLosses || (queue.name === 'uploads' && !isAnnounced(job.world))) return;
  model.losses += 1;
  model.faults += 1;
  act();
}

const loss = fc.tuple(queues, indices).map(([name, index]) =>
  command(`lose ${name} ${index}`, (job, model) => {
    const queue = job.world.queues[name];
    const message = nth(queue.messages, index);
    if (message !== undefined) lose(job, model, queue, () => queue.delete(message));
  }),
);

const purge = queues.map((name) =>
  command(`purge ${name}`, (job, model) => {
    const queue = job.world.queues[name];
    if (queue.messages.length > 0) lose(job, model, queue, () => queue.clear());
  }),
);

const showEarly = fc.tuple(indices, indices).map(([index, which]) =>
  command(`show early ${index} ${which}`, ({ world }, model) => {
    const invocation = nth(world.running, index);
    const message = nth(invocation?.batch?.messages ?? [], which);
    if (invocation === undefined || message === undefined || !mayRepeat(world, invocation)) return;
    model.faults += 1;
    message.visibleMs = world.nowMs;
  }),
);

const deleteStatus = indices.map((index) =>
  command(`delete status ${index}`, ({ world }) => {
    const keys = world.results().keys('_fanlight/jobs/');
    if (keys.some((key) => key.endsWith('/report.json'))) return;
    const key = nth(
      keys.filter((candidate) => candidate.endsWith('/status.json')),
      index,
    );
    if (key !== undefined) world.results().delete(key);
  }),
);

/** Nobody is killed by it: who is at work ends first. */
const wait = fc.integer({ min: 1, max: 15 }).map((minutes) =>
  command(`wait ${minutes} minutes`, async ({ world }) => {
    while (world.calls.length > 0) {
      const [call] = world.calls;
      if (call !== undefined) world.answer(call);
      await world.settle();
    }
    if (world.running.length === 0) await world.pass(world.nowMs + minutes * 60_000);
  }),
);

/** All that can happen to a job; what happens more often stands several times. */
export const commands: fc.Arbitrary<Command>[] = [
  start,
  start,
  start,
  answer,
  answer,
  answer,
  crash,
  error,
  duplicate,
  loss,
  purge,
  showEarly,
  deleteStatus,
  wait,
];
