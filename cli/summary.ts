import type { Report } from '../shared/core/report.ts';
import type { OutputFolder } from './output-folder.ts';
import { printable } from './printable.ts';

const maxFailuresShown = 10;

/** In front of what a run has uploaded, which people know by the name they gave. */
const uploadedUri = /s3:\/\/[a-z0-9.-]+\/runs\/[0-9a-f]{20}\//g;
const messageText = (message: string): string => printable(message.replace(uploadedUri, ''));

/** Bytes in the largest unit that leaves a figure of at least one, such as `12.3 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
}

function countsLine({ images }: Report): string {
  const { total, succeeded, failed, skipped } = images;
  if (total === 0) return 'Nothing to do: there are no files.';
  if (skipped === total) return `Nothing to do: all ${total} are done already, or are no images.`;
  const parts = [
    ...(succeeded > 0 ? [`${succeeded} rendered`] : []),
    ...(skipped > 0 ? [`${skipped} skipped (done already, or no images)`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return `${total} ${total === 1 ? 'file' : 'files'}: ${parts.join(', ')}.`;
}

function failureLines({ images, failures, tolerated, tolerateFailedPercent }: Report): string[] {
  if (images.failed === 0) return [];
  const lines = failures
    .slice(0, maxFailuresShown)
    .map(({ source, code, message }) => `  ${printable(source)}: ${code}: ${messageText(message)}`);
  const more = images.failed - lines.length;
  const tolerance = tolerated ? ` (tolerated: up to ${tolerateFailedPercent} %)` : '';
  return [`Failed${tolerance}:`, ...lines, ...(more > 0 ? [`  and ${more} more, all in results.jsonl`] : [])];
}

/** What the caller reads at the end. */
export function summaryOf(report: Report, out: OutputFolder, elapsedMs: number): string {
  const { bytes, error, images, recipe } = report;
  const ended = error === undefined ? [] : [`Not done: ${error.code}: ${messageText(error.message)}`];
  if (error !== undefined && images.total === 0) return `${ended.join('')}\n`;
  const figures = `${formatBytes(bytes.in)} in, ${formatBytes(bytes.out)} out, ${(elapsedMs / 1000).toFixed(1)} s`;
  return [
    ...ended,
    `${countsLine(report)} ${images.succeeded > 0 ? `Recipe ${recipe ?? 'unknown'}, ${figures}.` : ''}`.trimEnd(),
    ...failureLines(report),
    `Renditions: ${out.renditions}`,
    `Report:     ${out.reportHtml}`,
    '',
  ].join('\n');
}
