import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../builders/cli-process.ts';
import { temporaryFolder, writeFiles } from '../builders/folders.ts';
import { picture } from '../builders/images.ts';
import { smallDisk } from '../builders/small-disk.ts';

/** Small files become large ones: 2.9 MB each, which no disk of 8 MB has room for twelve of. */
const bloat = { name: 'bloat', renditions: [{ name: 'plain', formats: { png: { compressionLevel: 0 } } }] };

test('a disk that is full in mid-run ends the run with one line, and what it wrote is gone', async () => {
  const cwd = temporaryFolder();
  const disk = join(cwd, 'disk');
  mkdirSync(disk);
  const image = await picture({ width: 1_200, height: 800 });
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`in/${index}.jpg`, image] as const));
  const { how, through } = smallDisk(disk, 8);
  // A limit on files bites at the largest one, the upload of which is then what fails.
  if (how === 'file size limit') files['in/large.jpg'] = Buffer.alloc(12_000_000);
  writeFiles(cwd, { ...files, 'bloat.json': JSON.stringify(bloat) });
  const args = ['run', 'in', '--recipe', 'bloat.json', '--out', join(disk, 'out'), '--json'];
  const { status, stdout, stderr } = await runCli(args, { cwd, through });
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'DISK_FULL' } });
  expect(status).toBe(3);
  expect(stderr).toMatch(/\nfanlight: DISK_FULL: [^\n]*\n$/);
});
