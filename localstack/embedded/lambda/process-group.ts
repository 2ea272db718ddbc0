import { readdirSync, readFileSync } from 'node:fs';

/** Sends a signal to every process of a group; a group that has already ended is left alone. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  signalUnlessEnded(-groupId, signal);
}

/** Ends one process; one that has already ended is left alone. */
export function killProcess(pid: number): void {
  signalUnlessEnded(pid, 'SIGKILL');
}

function signalUnlessEnded(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The processes of a group without its leader, by number; none where there is no /proc. */
export function groupFollowers(groupId: number): number[] {
  if (!canMeasureMemory) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && groupOf(name) === groupId);
  return pids
    .map(Number)
    .filter((pid) => pid !== groupId)
    .toSorted((a, b) => a - b);
}

/** Whether memory use can be read on this machine: Linux only. */
export const canMeasureMemory = process.platform === 'linux';

/**
 * Resident memory of each process group, in KiB: the processes' own pages, plus those backed by files and shared memory
 * once (forked workers map the same Node binary; a Lambda sandbox counts such pages once, too).
 */
export function groupMemoryKib(groupIds: ReadonlySet<number>): Map<number, number> {
  const own = new Map<number, number>();
  const shared = new Map<number, number>();
  for (const pid of readdirSync('/proc')) {
    const groupId = /^\d+$/.test(pid) ? groupOf(pid) : undefined;
    if (groupId === undefined || !groupIds.has(groupId)) continue;
    const status = readProc(pid, 'status');
    const kib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    own.set(groupId, (own.get(groupId) ?? 0) + kib('RssAnon'));
    shared.set(groupId, Math.max(shared.get(groupId) ?? 0, kib('RssFile') + kib('RssShmem')));
  }
  return new Map([...own].map(([groupId, sum]) => [groupId, sum + (shared.get(groupId) ?? 0)]));
}

/**
 * Field 5 of /proc/PID/stat (proc_pid_stat(5)), counted after the command's name, which may hold spaces and
 * parentheses.
 */
function groupOf(pid: string): number | undefined {
  const stat = readProc(pid, 'stat');
  const [, , groupId] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return groupId === undefined ? undefined : Number(groupId);
}

/** Empty when the process has ended meanwhile. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
