import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { parseSubmitOptions } from '../../cli/submit-options.ts';
import { ResultLineSchema } from '../../shared/core/outcome.ts';
import { ReportSchema } from '../../shared/core/report.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { startDev, type RunningDev } from '../builders/cli-dev.ts';
import type { CliResult } from '../builders/cli-process.ts';
import { writeFiles } from '../builders/folders.ts';
import { picture } from '../builders/images.ts';
import { buildZip } from '../builders/zip-builder.ts';

/** What became of each image of the job that a command has watched. */
async function outcomesOf({ client }: RunningDev, { stdout }: CliResult): Promise<Record<string, string>> {
  const { job } = ReportSchema.parse(JSON.parse(stdout));
  const results = await client.open(stateKey.results(job, 0));
  const lines = (await results?.body.toArray())?.join('').trimEnd().split('\n') ?? [];
  const parsed = lines.map((line) => ResultLineSchema.parse(JSON.parse(line)));
  return Object.fromEntries(parsed.map(({ source, status, reason }) => [source, reason ?? status]));
}

async function uploadsBelow({ s3, uploads }: RunningDev, prefix: string): Promise<number> {
  return (await s3.send(new ListObjectsV2Command({ Bucket: uploads, Prefix: prefix }))).KeyCount ?? 0;
}

test('jobs of files, archives and manifests, of this machine and of S3', { timeout: 120_000 }, async () => {
  const dev = await startDev();
  const { cwd, uploads, fanlight } = dev;
  const image = await picture();
  const zip = buildZip([{ name: 'x/b.jpg', data: image }]);
  const manifest = { sources: [{ prefix: 'in/' }, { list: 'keys.csv' }] };
  writeFiles(cwd, {
    'in/a.jpg': image,
    'in/notes.txt': 'x',
    'shoot.zip': zip,
    'one.jpg': image,
    'keys.csv': 'one.jpg\ngone.jpg\n',
    'mine.fanlight.json': JSON.stringify(manifest),
  });

  const local = await fanlight('submit', 'in', 'shoot.zip', '--watch', '--json', '--budget-usd', '1');
  expect(local.stderr).toMatch(/^fanlight: upload 3 files\n$/);
  expect(local.status).toBe(0);
  expect(await outcomesOf(dev, local)).toEqual({
    'a.jpg': 'succeeded',
    'notes.txt': 'not-an-image',
    'shoot.zip#x/b.jpg': 'succeeded',
  });

  const listed = await fanlight('submit', 'mine.fanlight.json', '--watch', '--json');
  expect(await outcomesOf(dev, listed)).toEqual({
    'in/a.jpg': 'succeeded',
    'in/notes.txt': 'not-an-image',
    'one.jpg': 'succeeded',
    'gone.jpg': 'failed',
  });
  expect(listed.status).toBe(1);

  await dev.put('stock/a.jpg', image);
  await dev.put('stock/shoot', zip);
  await dev.put('stock/job.fanlight.json', JSON.stringify({ sources: [{ object: `s3://${uploads}/stock/a.jpg` }] }));
  const stock = `s3://${uploads}/stock/`;
  const runs = await uploadsBelow(dev, 'runs/');
  const mixed = await fanlight('submit', `${stock}a.jpg`, `${stock}shoot`, '--watch', '--json');
  expect(await outcomesOf(dev, mixed)).toEqual({ 'stock/a.jpg': 'succeeded', 'stock/shoot#x/b.jpg': 'succeeded' });
  const remote = await fanlight('submit', `${stock}job.fanlight.json`, '--watch', '--json');
  expect(await outcomesOf(dev, remote)).toEqual({ 'stock/a.jpg': 'already-done' });
  expect(await uploadsBelow(dev, 'runs/')).toBe(runs);

  const submitted = await fanlight('submit', stock);
  expect(submitted).toMatchObject({ status: 0, stdout: expect.stringMatching(/^[0-9a-f]{24}\n$/) });
  expect((await fanlight('status', submitted.stdout.trim(), '--watch')).status).toBe(0);

  for (const [path, code] of [
    [`${stock}none.jpg`, 'NOT_FOUND'],
    ['s3://stock', 'USAGE'],
    ['none.jpg', 'NOT_FOUND'],
  ] as const)
    expect(await fanlight('submit', path)).toMatchObject({ status: 2, stderr: expect.stringContaining(`: ${code}: `) });
  expect(await uploadsBelow(dev, 'runs/')).toBe(runs);

  await dev.stop();
});

test.each([
  [[], 'which PATH? see --help'],
  [['a.jpg', ''], 'a path must not be empty'],
  [
    ['a.jpg', '--stack', 'prod'],
    '--stack is not there yet: jobs are submitted to the stack of fanlight dev, see --data',
  ],
  [['a.jpg', '--budget-usd', '-1'], "Option '--budget-usd' argument is ambiguous"],
  [['a.jpg', '--budget-usd', '0'], '--budget-usd takes a number above 0 (given 0)'],
  [['a.jpg', '--wach'], '--wach is not an option; did you mean --watch?'],
])('wrong usage: %j', (args, says) => {
  expect(() => parseSubmitOptions(args, '/')).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(says) }),
  );
});

test('options and their defaults; URIs stay as they are', () => {
  expect(parseSubmitOptions(['a.jpg', 's3://b/c d/'], '/here')).toEqual({
    paths: ['/here/a.jpg', 's3://b/c d/'],
    recipe: undefined,
    budgetUsd: undefined,
    force: false,
    dataDir: '/here/fanlight-out/.fanlight/dev',
    watch: false,
    json: false,
  });
});
