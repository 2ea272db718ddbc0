import { readFileSync } from 'node:fs';

/** Linux's page size on x86-64 and on Lambda's arm64. */
const pageBytes = 4_096;

/** Resident bytes of a process; undefined where there is no /proc, or when the process has gone. */
export function residentBytes(pid: number): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return Number.isFinite(pages) ? pages * pageBytes : undefined;
  } catch {
    return undefined;
  }
}
