import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ResultLineSchema } from '../../shared/core/outcome.ts';
import { runCli, startCli } from '../builders/cli-process.ts';
import { temporaryFolder, writeFiles } from '../builders/folders.ts';
import { picture, truncated } from '../builders/images.ts';

async function pictures(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = { 'cut.jpg': truncated(await picture()) };
  for (let seed = 0; seed < 12; seed++) files[`${seed}.jpg`] = await picture({ seed, width: 640, height: 480 });
  return files;
}

/** What a run came to: outcome and bytes of each image. */
function outcomesIn(out: string): unknown[] {
  const lines = readFileSync(join(out, 'results.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { source, status, error, renditions } = ResultLineSchema.parse(JSON.parse(line));
    const digests = renditions.map(({ key }) =>
      createHash('sha256')
        .update(readFileSync(join(out, key)))
        .digest('hex'),
    );
    return { source, status, code: error?.code, digests };
  });
}

test('a run in which much goes wrong comes to what a calm one comes to, and says what went wrong', async () => {
  const folder = temporaryFolder();
  const album = join(folder, 'album');
  const [calm, chaotic] = [join(folder, 'calm'), join(folder, 'chaotic')];
  writeFiles(album, await pictures());
  expect((await runCli(['run', album, '--out', calm], { cwd: folder })).status).toBe(1);
  const seed = 11;
  const run = await runCli(['run', album, '--out', chaotic, '--faults', String(seed)], { cwd: folder });
  expect(run.status, run.stderr).toBe(1);
  expect(outcomesIn(chaotic)).toEqual(outcomesIn(calm));
  expect(run.stderr).toMatch(new RegExp(`[1-9]\\d* faults of seed ${seed}:\n.* × `));
}, 120_000);

test('dev takes a seed, and tells at its end what went wrong', async () => {
  const folder = temporaryFolder();
  const dev = startCli(['dev', '--port', '0', '--faults', '3'], { cwd: folder });
  await dev.said(/Ctrl-C ends/);
  dev.launcher.kill('SIGINT');
  const { status, stderr } = await dev.ended;
  expect(status).toBe(130);
  expect(stderr).toMatch(/\d+ faults of seed 3:/);
});

test('a seed is a whole number', async () => {
  const { status, stderr } = await runCli(['run', '--faults', 'many'], { cwd: temporaryFolder() });
  expect([status, stderr]).toEqual([2, expect.stringContaining('USAGE: --faults takes a whole number')]);
});
