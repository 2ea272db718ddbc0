import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { serveZip } from '../builders/zip-endpoint.ts';
import { virtualZip } from '../builders/zip-virtual.ts';

const ReadSchema = z.object({
  members: z.number(),
  bytes: z.number(),
  lastName: z.string(),
  peakRssBytes: z.number(),
});

const run = promisify(execFile);
const entries = 1_000_000;
/** The young generation included, which V8 lets grow to 100 MB of garbage otherwise. */
const maxHeapMb = 128;
/** Design 10, P6. */
const maxBytesRatio = 1.01;
const maxRssBytes = 256e6;

test.each([
  { order: 'as they lie', descending: false, passes: 1 },
  // The whole directory is looked at for overlaps before anything is told.
  { order: 'against the order in which they lie', descending: true, passes: 2 },
])('6: a zip of 1,000,000 entries, listed $order', { timeout: 120_000 }, async ({ descending, passes }) => {
  const zip = virtualZip(entries, { descending });
  await using endpoint = await serveZip(zip);
  const script = join(import.meta.dirname, 'zip-read.ts');
  const { stdout } = await run(process.execPath, [
    `--max-heap-size=${maxHeapMb}`,
    script,
    endpoint.url,
    String(zip.sizeBytes),
  ]);
  const { members, bytes, lastName, peakRssBytes } = ReadSchema.parse(JSON.parse(stdout));
  const ratio = endpoint.bytesSent() / zip.directoryBytes;
  process.stdout.write(
    `${members} entries: ${endpoint.gets()} GETs, ${ratio.toFixed(4)} × the central directory, peak ${(peakRssBytes / 1e6).toFixed(0)} MB\n`,
  );
  expect({ members, bytes, lastName }).toEqual({
    members: entries,
    bytes: entries * 100_000,
    lastName: 'photos/000999999.jpg',
  });
  expect(ratio).toBeLessThanOrEqual(passes * maxBytesRatio);
  expect(peakRssBytes).toBeLessThanOrEqual(maxRssBytes);
});
