import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { serveZip } from '../builders/zip-endpoint.ts';
import { virtualZip } from '../builders/zip-virtual.ts';
import { splitByBundle } from './bundled-splitter.ts';

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

async function plan(count: number, invocationMs: number) {
  const zip = virtualZip(count);
  const { plan: parts, ...done } = await splitByBundle(zip, invocationMs);
  const ratio = done.archiveBytes / zip.directoryBytes;
  process.stdout.write(
    `${count} entries planned in ${done.invocations} invocations: ${done.archiveGets} GETs, ` +
      `${ratio.toFixed(4)} × the central directory, ${parts.length} parts, ${done.shards} shards, ` +
      `peak ${(done.peakRssBytes / 1e6).toFixed(0)} MB, of which ${(done.startRssBytes / 1e6).toFixed(0)} MB before\n`,
  );
  return { ...done, parts, ratio };
}

test('6: the deployed splitter plans a zip of 1,000,000 entries', { timeout: 200_000 }, async () => {
  const { invocations, parts, ratio, peakRssBytes } = await plan(entries, 900_000);
  expect(invocations).toBe(1);
  expect(parts).toHaveLength(100);
  expect(ratio).toBeLessThanOrEqual(maxBytesRatio);
  expect(peakRssBytes).toBeLessThanOrEqual(maxRssBytes);
});

/** As many as FANLIGHT_SCALE says, which takes minutes; enough for several invocations of five seconds. */
const hurriedEntries = Number(process.env['FANLIGHT_SCALE'] ?? 150_000);

test('with invocations of five seconds the plan is the same, byte for byte', { timeout: 400_000 }, async () => {
  const whole = await plan(hurriedEntries, 900_000);
  const hurried = await plan(hurriedEntries, 5_000);
  expect(hurried.invocations).toBeGreaterThan(1);
  expect(hurried.parts.join('') === whole.parts.join('')).toBe(true);
});
