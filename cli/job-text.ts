import type { JobProgress } from '../shared/client/job-progress.ts';
import { formatUsd } from '../shared/core/cost/format-usd.ts';
import type { Report } from '../shared/core/report.ts';
import { printable } from './printable.ts';

/** One line on how far a job is. */
export function progressLine(job: string, { state, images, counts }: JobProgress): string {
  const { succeeded, failed, skipped } = counts;
  const done = succeeded + failed + skipped;
  const total = images === undefined ? '; still planning' : ` of ${images}`;
  return `${job}  ${state.padEnd(9)}  ${done}${total} images: ${succeeded} succeeded, ${skipped} skipped, ${failed} failed\n`;
}

/** What became of a job. */
export function reportText(report: Report): string {
  const { job, state, images, error, cancelled = 0, cost, parent } = report;
  const { succeeded, failed, skipped } = images;
  const lines = [progressLine(job, { state, images: images.total, counts: { succeeded, failed, skipped } }).trimEnd()];
  if (error !== undefined) lines.push(`  ${error.code}: ${printable(error.message)}`);
  if (cancelled > 0) lines.push(`  ${cancelled} of the failed images were not worked on`);
  if (parent !== undefined) lines.push(`  retry of ${parent}`);
  if (cost?.actual !== undefined && cost.actual !== null) {
    const estimated = cost.estimated === null ? '' : `, estimated ${formatUsd(cost.estimated)}`;
    lines.push(`  would cost about ${formatUsd(cost.actual)} on AWS${estimated}`);
  }
  return `${lines.join('\n')}\n`;
}
