import type { Access, Fate, PendingCall } from '../simulation/invocation.ts';
import { isAnnounced } from './bounds.ts';
import type { World } from '../simulation/world.ts';
import type { Trouble } from './watched-job.ts';

/** Something that goes wrong once, before or at one of the calls of a run. */
export interface FaultAtCall {
  readonly name: string;
  /** True when the call has been dealt with. */
  readonly strike: (world: World, call: PendingCall) => boolean;
  /** It may take an upload along. */
  readonly takesUploads?: boolean;
  /** It loses messages. */
  readonly loses?: boolean;
}

function purge(name: 'uploads' | 'shards' | 'receipts' | 'rescue'): FaultAtCall {
  return {
    name: `purge ${name}`,
    takesUploads: name === 'uploads',
    loses: true,
    strike: ({ queues }) => {
      queues[name].clear();
      return false;
    },
  };
}

function deleteStatuses(world: World): boolean {
  const bucket = world.results();
  const ended = bucket.keys('_fanlight/jobs/').some((key) => key.endsWith('/report.json'));
  const statuses = bucket.keys('_fanlight/jobs/').filter((key) => key.endsWith('/status.json'));
  if (!ended) for (const key of statuses) bucket.delete(key);
  return false;
}

const fateOfAccess: Readonly<Record<Access, Fate>> = {
  read: 'answered',
  list: 'answered',
  compute: 'answered',
  write: 'answered',
  send: 'partial',
  'conditional-write': 'conflict',
};

/** S3 is away for so long from then on. */
const outageMs = 600_000;

export const faultsAtCalls: readonly FaultAtCall[] = [
  {
    name: 'crash before the effect',
    strike: (world, { invocation }) => {
      world.kill(invocation);
      return true;
    },
  },
  {
    name: 'crash after the effect',
    strike: (world, call) => {
      world.kill(call.invocation, [call]);
      return true;
    },
  },
  {
    name: 'kill everything',
    strike: (world) => {
      for (const invocation of world.running) world.kill(invocation);
      return true;
    },
  },
  {
    name: 'an error instead of the effect',
    strike: (world, call) => {
      world.answer(call, call.access === 'compute' ? 'answered' : 'refused');
      return true;
    },
  },
  {
    name: 'an error after the effect',
    strike: (world, call) => {
      world.answer(call, call.access === 'compute' ? 'answered' : 'unanswered');
      return true;
    },
  },
  {
    name: 'a partial batch, or a conflict',
    strike: (world, call) => {
      world.answer(call, fateOfAccess[call.access]);
      return true;
    },
  },
  {
    name: 'the invocation is over its time',
    strike: (world, { invocation }) => {
      world.nowMs = invocation.deadlineMs;
      for (const overdue of world.running) if (overdue.deadlineMs <= world.nowMs) world.kill(overdue);
      return true;
    },
  },
  {
    name: 'its messages come back while it works on them',
    strike: (world, { invocation }) => {
      for (const message of invocation.batch?.messages ?? []) message.visibleMs = world.nowMs;
      return false;
    },
  },
  { name: 'delete every status.json', strike: deleteStatuses },
  purge('uploads'),
  purge('shards'),
  purge('receipts'),
  purge('rescue'),
  {
    name: 'ten minutes without S3',
    strike: (world) => {
      world.s3OutageUntilMs = world.nowMs + outageMs;
      return false;
    },
  },
];

/** Each strikes at its call. What is not announced yet is no job: a purged queue takes it along, and so be it. */
export function atCalls(faults: readonly (readonly [callIndex: number, fault: FaultAtCall])[]): Trouble {
  const byIndex = new Map(faults);
  return {
    loses: faults.some(([, { loses }]) => loses === true),
    interfere: ({ world }) => ({
      beforeCall: (index, call) => {
        const fault = byIndex.get(index);
        if (fault === undefined || (fault.takesUploads === true && !isAnnounced(world))) return false;
        return fault.strike(world, call);
      },
    }),
  };
}

export function atCall(callIndex: number, fault: FaultAtCall): Trouble {
  return atCalls([[callIndex, fault]]);
}

/** The n-th delivery does not happen: its messages are gone. */
export function losing(deliveryIndex: number): Trouble {
  return {
    loses: true,
    interfere: ({ world }) => ({
      beforeDelivery: (index, { queue }) => {
        if (index !== deliveryIndex || (queue === world.queues.uploads && !isAnnounced(world))) return false;
        queue.clear();
        return true;
      },
    }),
  };
}

/** The messages of the n-th delivery are there twice, and come again at once or when everything has ended. */
export function duplicating(deliveryIndex: number, afterMs: number): Trouble {
  return {
    loses: false,
    interfere: ({ world }) => ({
      beforeDelivery: (index, { queue }) => {
        if (index !== deliveryIndex) return false;
        const visibleMs = world.nowMs + afterMs;
        for (const message of queue.visible(world.nowMs)) queue.add({ ...message, receives: 0, visibleMs });
        return false;
      },
    }),
  };
}
