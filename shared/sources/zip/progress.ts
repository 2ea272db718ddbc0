import { FanlightError } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { CentralHeader } from './central-header.ts';
import { extentOf, judgeEntry } from './judge-entry.ts';

/** How far a central directory is read, and what its entries came to so far. */
export interface Progress {
  /** Bytes of the directory. */
  readonly offset: number;
  /** Directories included. */
  readonly entries: number;
  /** Declared bytes of the entries that can be unpacked. */
  readonly expandedBytes: number;
  /**
   * While entries lie in the directory's order: where the last one ends. `descending` when one begins before that, so that all have
   * to be looked at; `disjoint` when they were, and none overlaps another.
   */
  readonly extents: number | 'descending' | 'disjoint';
}

export const firstProgress: Progress = { offset: 0, entries: 0, expandedBytes: 0, extents: 0 };

export interface ZipBounds {
  readonly archiveBytes: number;
  readonly directoryOffset: number;
}

const disjointMark = 'd';
const cursorPattern = /^(\d+)\.(\d+)\.(\d+)\.(\d+|d)$/;

/** At most 70 characters. */
export function formatCursor({ offset, entries, expandedBytes, extents }: Progress): string {
  return [offset, entries, expandedBytes, extents === 'disjoint' ? disjointMark : extents].join('.');
}

/** @throws Error when this reader did not write it */
export function parseCursor(cursor: string): Progress {
  const [, offset, entries, expandedBytes, extents] = cursorPattern.exec(cursor) ?? [];
  if (extents === undefined) throw new Error(`not a cursor of a zip: ${cursor}`);
  return {
    offset: Number(offset),
    entries: Number(entries),
    expandedBytes: Number(expandedBytes),
    extents: extents === disjointMark ? 'disjoint' : Number(extents),
  };
}

function nextExtents({ extents }: Progress, header: CentralHeader, { directoryOffset }: ZipBounds) {
  const extent = extentOf(header, directoryOffset);
  if (typeof extents === 'string' || extent === undefined) return extents;
  return extent.start < extents ? 'descending' : extent.end;
}

/**
 * Takes an entry into account.
 *
 * @throws FanlightError ARCHIVE_LIMIT when the entries so far are too many, or expand to too much
 */
export function advance(progress: Progress, header: CentralHeader, bounds: ZipBounds): Progress {
  const entries = progress.entries + 1;
  if (entries > limits.maxArchiveEntries) throw tooManyEntries();
  const sizeBytes = judgeEntry(header, bounds.directoryOffset) === undefined ? (header.numbers?.sizeBytes ?? 0) : 0;
  const expandedBytes = progress.expandedBytes + sizeBytes;
  const maxBytes = Math.max(limits.freeExpandedBytes, limits.maxArchiveRatio * bounds.archiveBytes);
  if (expandedBytes > maxBytes)
    throw new FanlightError(
      'ARCHIVE_LIMIT',
      `the first ${entries} entries of the zip expand to ${expandedBytes} bytes; an archive of ${bounds.archiveBytes} may expand to ${maxBytes}`,
    );
  const extents = nextExtents(progress, header, bounds);
  return { offset: progress.offset + header.headerBytes, entries, expandedBytes, extents };
}

export function tooManyEntries(): FanlightError {
  return new FanlightError('ARCHIVE_LIMIT', `the zip has more than ${limits.maxArchiveEntries} entries`);
}
