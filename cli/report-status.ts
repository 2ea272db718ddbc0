import type { Report } from '../shared/core/report.ts';
import { exitStatus, statusOfCode } from './cli-error.ts';

/** The exit status of whoever waited for this report (design 4.6). */
export function statusOfReport({ error, state, images, tolerated }: Report): number {
  if (error !== undefined) return statusOfCode(error.code);
  if (state === 'cancelled') return exitStatus.couldNotRun;
  return images.failed > 0 && !tolerated ? exitStatus.someFailed : exitStatus.ok;
}
