import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';

const CountsSchema = z.object({
  requests: z.record(z.string(), z.number()),
  bytesWritten: z.number(),
  hottestPartKey: z.number(),
  hottestJobKey: z.number(),
  seconds: z.number(),
});
const PlannedSchema = CountsSchema.extend({ shards: z.number() });
const CollectedSchema = CountsSchema.extend({
  peakHeldBytes: z.number(),
  rssAtStartBytes: z.number(),
  peakRssBytes: z.number(),
  images: z.object({ total: z.number(), succeeded: z.number(), failed: z.number(), skipped: z.number() }),
  state: z.string(),
  plan: z.object({ parts: z.number(), shards: z.number() }),
});

interface Measured {
  readonly images: number;
  readonly planned: z.infer<typeof PlannedSchema>;
  readonly collected: z.infer<typeof CollectedSchema>;
}

const run = promisify(execFile);
const maxHeapMb = 256;

async function runScript(script: string, args: readonly string[]): Promise<unknown> {
  const path = join(import.meta.dirname, script);
  const { stdout } = await run(process.execPath, [`--max-old-space-size=${maxHeapMb}`, path, ...args]);
  return JSON.parse(stdout);
}

/** A whole job, planned by the splitter and finished by the collector, each in a process with a heap of 256 MB. */
async function measure(images: number, recipe: string): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'fanlight-scale-'));
  try {
    const planned = PlannedSchema.parse(await runScript('plan.ts', [directory, String(images), recipe]));
    const collected = CollectedSchema.parse(await runScript('collect.ts', [directory]));
    return { images, planned, collected };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const total = (requests: Readonly<Record<string, number>>): number =>
  Object.values(requests).reduce((sum, count) => sum + count, 0);

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

function tell(recipe: string, { images, planned, collected }: Measured): void {
  const { parts, shards } = collected.plan;
  process.stdout.write(
    [
      `${recipe}, ${images} images: ${parts} parts, ${shards} shards`,
      `splitter ${total(planned.requests)} requests, ${megabytes(planned.bytesWritten)} MB, ${planned.seconds.toFixed(1)} s`,
      `collector ${total(collected.requests)} requests, ${megabytes(collected.bytesWritten)} MB, ${collected.seconds.toFixed(1)} s,` +
        ` held at most ${megabytes(collected.peakHeldBytes)} MB, resident ${megabytes(collected.rssAtStartBytes)} to ${megabytes(collected.peakRssBytes)} MB`,
      `most writes of one key: ${collected.hottestPartKey} of a part, ${collected.hottestJobKey} of the job\n`,
    ].join('; '),
  );
}

/** What 10⁸ images come to, at so much for each part: nothing of it is run. */
function extrapolate(recipe: string, { images, planned, collected }: Measured): void {
  const parts = Math.ceil((1e8 / images) * collected.plan.parts);
  const perPart = (requests: Readonly<Record<string, number>>): number => total(requests) / collected.plan.parts;
  const requests = Math.round(parts * (perPart(planned.requests) + perPart(collected.requests)));
  // Each fold replaces the job's status, which names all folded parts in about seven bytes each.
  const statusBytes = (parts * parts * 7) / 2;
  process.stdout.write(
    `${recipe}, 100000000 images by calculation: ${parts} parts; ${(requests / 1e6).toFixed(1)} million requests of splitter and collector;` +
      ` status.json of the job written ${parts + 1} times, ${megabytes(statusBytes)} MB in all; that of a part ${collected.hottestPartKey} times\n`,
  );
}

/** One size up to which everything is run for real; 1e6 takes some minutes. */
const largest = Number(process.env['FANLIGHT_SCALE'] ?? 3e4);
const sizes = [1e4, 3e4, 1e5, 1e6].filter((size) => size <= largest);
/** What ten times as many images may cost: a part more or less, and some shards that are fuller than others. */
const slack = 1.1;
const collectorBatch = 100;

test.each(['one', 'web'])(
  '6: the collector finishes jobs of any size by the recipe %s',
  { timeout: 1_800_000 },
  async (recipe) => {
    const measured: Measured[] = [];
    for (const size of sizes) {
      const one = await measure(size, recipe);
      tell(recipe, one);
      measured.push(one);
      const { collected, planned } = one;
      expect(collected.images).toMatchObject({ total: size, skipped: 0 });
      expect(collected.images.succeeded + collected.images.failed).toBe(size);
      expect(collected.peakHeldBytes).toBeLessThan(maxHeapMb * 2 ** 20);
      // No key is hot: a part's status is written once for each batch of notices, the job's once for each part.
      expect(collected.hottestPartKey).toBeLessThanOrEqual(Math.ceil(1_000 / collectorBatch) + 2);
      expect(collected.hottestJobKey).toBeLessThanOrEqual(collected.plan.parts + 2);
      expect(planned.hottestPartKey).toBe(1);
    }
    const last = measured.at(-1);
    if (last !== undefined) extrapolate(recipe, last);
    for (const [index, larger] of measured.entries()) {
      const smaller = measured[index - 1];
      if (smaller === undefined) continue;
      const growth = (larger.images / smaller.images) * slack;
      for (const phase of ['planned', 'collected'] as const) {
        expect(total(larger[phase].requests) / total(smaller[phase].requests), phase).toBeLessThan(growth);
        expect(larger[phase].bytesWritten / smaller[phase].bytesWritten, phase).toBeLessThan(growth);
      }
    }
  },
);
