import type { Faults, FaultSubject } from './faults.ts';

const DEFAULT_LATE_MS = 3000;

/**
 * When a message that is sent now appears, in milliseconds from now, once for each delivery: usually once and at once, late or
 * twice or never when a fault strikes.
 */
export function appearances(faults: Faults, kind: 'message' | 'notification', subject: FaultSubject): number[] {
  if (faults.strike(`${kind}-lost`, subject) !== undefined) return [];
  const late = faults.strike(`${kind}-late`, subject);
  const again = faults.strike(`${kind}-duplicated`, subject);
  const first = late === undefined ? 0 : late.amount('delay') * (late.maxMs ?? DEFAULT_LATE_MS);
  if (again === undefined) return [first];
  // Half of the duplicates come at the same time, which is what two concurrent workers need.
  const isConcurrent = again.amount('concurrent') < 0.5;
  return [first, isConcurrent ? first : first + again.amount('delay') * (again.maxMs ?? DEFAULT_LATE_MS)];
}
