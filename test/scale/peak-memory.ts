import { readFileSync } from 'node:fs';

/** Most bytes of memory that this process had at once. Linux's own figure where there is one: `maxRSS` also counts the parent's at the fork. */
export function peakMemoryBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1_024;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}
