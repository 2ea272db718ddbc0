import { limits } from '../../core/limits.ts';
import { centralHeaders } from './central-header.ts';
import { corrupt } from './corrupt.ts';
import { extentOf } from './judge-entry.ts';
import { tooManyEntries } from './progress.ts';

/**
 * Looks at the whole central directory for entries that share bytes, in whatever order they lie: 16 bytes of memory an entry. Extents
 * are disjoint exactly if, starts and ends sorted each for itself, every end comes before the next start.
 *
 * @param blocks of whole headers, all of the directory
 * @param maxEntries that the directory can hold at most
 * @throws FanlightError ARCHIVE_CORRUPT, ARCHIVE_LIMIT
 */
export async function refuseOverlap(
  blocks: AsyncIterable<Buffer>,
  { directoryOffset, maxEntries }: { directoryOffset: number; maxEntries: number },
): Promise<void> {
  const capacity = Math.min(maxEntries, limits.maxArchiveEntries);
  const starts = new Float64Array(capacity);
  const ends = new Float64Array(capacity);
  let count = 0;
  for await (const block of blocks)
    for (const header of centralHeaders(block)) {
      const extent = extentOf(header, directoryOffset);
      if (extent === undefined) continue;
      if (count === capacity) throw tooManyEntries();
      starts[count] = extent.start;
      ends[count] = extent.end;
      count += 1;
    }
  // In place: another copy of both is what the memory of a splitter has no room for.
  starts.subarray(0, count).sort();
  ends.subarray(0, count).sort();
  for (let index = 1; index < count; index++) {
    const [end = 0, start = 0] = [ends[index - 1], starts[index]];
    if (end > start)
      throw corrupt(`entries of the zip overlap: one begins at ${start}, before another one ends at ${end}`);
  }
}
