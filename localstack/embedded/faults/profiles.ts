import type { FaultPlan, Outage } from './fault-plan.ts';

/**
 * Everything that a pipeline must survive without a changed outcome: a job of 200 images meets most kinds, many of them often,
 * and with the waiting skipped (`stack.fastForward`) still ends within a minute or so. Messages are only lost on queues whose
 * name says `Receipts`, where each is a mere hint; a lost notification is a lost upload, and in no profile.
 */
export function standardFaults(seed: number): FaultPlan {
  return {
    seed,
    rules: [
      { kind: 'internal-error', rate: 0.02 },
      { kind: 'slow-down', rate: 0.02 },
      { kind: 'connection-reset', rate: 0.02 },
      { kind: 'response-lost', rate: 0.03 },
      { kind: 'latency', rate: 0.1 },
      { kind: 'body-reset', rate: 0.03 },
      { kind: 'short-body', rate: 0.02 },
      { kind: 'entry-failed', rate: 0.08 },
      { kind: 'entry-unreported', rate: 0.06 },
      { kind: 'message-duplicated', rate: 0.15, maxMs: 120_000 },
      { kind: 'message-late', rate: 0.2 },
      { kind: 'message-lost', rate: 0.1, only: 'Receipts' },
      { kind: 'notification-duplicated', rate: 0.3, maxMs: 120_000 },
      { kind: 'notification-late', rate: 0.3 },
      { kind: 'killed-before', rate: 0.04 },
      { kind: 'killed-during', rate: 0.15 },
      { kind: 'killed-after', rate: 0.06 },
      { kind: 'worker-killed', rate: 0.15 },
    ],
  };
}

/** Nothing but an outage; its `outages` fit into any other plan. */
export function outage(outageOf: Outage): FaultPlan {
  return { seed: 0, rules: [], outages: [outageOf] };
}
