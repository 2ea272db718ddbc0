import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { ResultLineSchema } from '../../shared/core/outcome.ts';
import { encodeSourcePath } from '../../shared/core/output-key.ts';
import { ReportSchema } from '../../shared/core/report.ts';
import type { Report } from '../../shared/core/report.ts';
import { runCli } from '../builders/cli-process.ts';
import type { CliResult } from '../builders/cli-process.ts';
import { temporaryFolder, writeFiles } from '../builders/folders.ts';
import { emptyFile, picture, textFile, truncated } from '../builders/images.ts';

const names = ['a b+c.jpg', 'été/50 % & more.png', 'été/deep/er.webp', "it's #1 (copy).avif"];
const formats = ['jpeg', 'png', 'webp', 'avif'] as const;

async function album(): Promise<Record<string, Uint8Array>> {
  const files = names.map(
    async (name, index) => [name, await picture({ seed: index, format: formats[index] ?? 'jpeg' })] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}

/** Whatever an ambient AWS configuration could make an SDK call: all of it leads to a server that counts. */
async function trap(folder: string): Promise<{ env: Record<string, string>; calls: string[] }> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const profile = `endpoint_url = ${url}\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/trap\nsource_profile = default\n`;
  writeFiles(folder, {
    '.aws/config': `[default]\n${profile}[profile trap]\n${profile}`,
    '.aws/credentials': `[default]\naws_access_key_id = AKIATRAP\naws_secret_access_key = trap\n`,
  });
  const env = {
    HOME: folder,
    AWS_PROFILE: 'trap',
    AWS_CONFIG_FILE: join(folder, '.aws/config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, '.aws/credentials'),
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_S3: url,
    AWS_ENDPOINT_URL_SQS: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIATRAP',
    AWS_SECRET_ACCESS_KEY: 'trap',
    AWS_SESSION_TOKEN: 'trap',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
    HTTP_PROXY: url,
    http_proxy: url,
    NODE_USE_ENV_PROXY: '1',
  };
  return { env, calls };
}

function reportOf({ stdout }: CliResult): Report {
  return ReportSchema.parse(JSON.parse(stdout));
}

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();

test("renders a folder, skips what is done, renders again on request; the caller's AWS configuration is not asked", async () => {
  const cwd = temporaryFolder();
  const photos = join(cwd, 'photos');
  writeFiles(photos, await album());
  writeFiles(photos, { '.hidden/x.jpg': textFile, '._a b+c.jpg': textFile, 'notes.txt': textFile });
  const { env, calls } = await trap(cwd);

  // The output lies inside the input: it is never an input itself.
  const args = ['run', '.', '--json'];
  const first = await runCli(args, { cwd: photos, env });
  expect(first.stderr).not.toMatch(/Error|at file:/);
  expect(first.status).toBe(0);
  expect(reportOf(first)).toMatchObject({
    state: 'succeeded',
    images: { total: 5, succeeded: 4, skipped: 1, failed: 0 },
  });
  const out = join(photos, 'fanlight-out');
  expect(files(join(out, 'renditions'))).toEqual(
    names.map((name) => join(out, 'renditions', encodeSourcePath(name), 'thumbnail.webp')).toSorted(),
  );
  for (const file of files(join(out, 'renditions')))
    expect(await sharp(file).metadata()).toMatchObject({ format: 'webp', width: 256, height: 256 });
  expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).toEqual(JSON.parse(first.stdout));
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  const lines = readFileSync(join(out, 'results.jsonl'), 'utf8').trimEnd().split('\n');
  const results = lines.map((line) => ResultLineSchema.parse(JSON.parse(line)));
  expect(Object.fromEntries(results.map(({ source, status, reason }) => [source, reason ?? status]))).toEqual({
    ...Object.fromEntries(names.map((name) => [name, 'succeeded'])),
    'notes.txt': 'not-an-image',
  });
  expect(readdirSync(join(out, '.fanlight'))).toEqual(['stack']);

  // A copy that was lost or changed comes back; the others are left alone.
  const [lost, changed, kept] = names.map((name) => join(out, 'renditions', encodeSourcePath(name), 'thumbnail.webp'));
  if (lost === undefined || changed === undefined || kept === undefined) throw new Error('three renditions expected');
  const original = readFileSync(changed);
  rmSync(lost);
  writeFileSync(changed, Buffer.alloc(original.length));
  const { ino } = statSync(kept);
  const second = await runCli(args, { cwd: photos, env });
  expect(second.status).toBe(0);
  expect(reportOf(second).images).toEqual({ total: 5, succeeded: 0, skipped: 5, failed: 0 });
  expect(existsSync(lost)).toBe(true);
  expect(readFileSync(changed)).toEqual(original);
  expect(statSync(kept).ino).toBe(ino);

  const people = await runCli(['run'].concat('.'), { cwd: photos, env });
  expect(people.status).toBe(0);
  expect(people.stdout).toMatch(/^Nothing to do/);
  expect(people.stdout).toContain(join(out, 'report.html'));

  const forced = await runCli([...args, '--force'], { cwd: photos, env });
  expect(reportOf(forced).images).toMatchObject({ succeeded: 4, skipped: 1 });
  expect(calls).toEqual([]);
});

test('broken files fail one by one, and their neighbours are untouched', async () => {
  const cwd = temporaryFolder();
  const good = await picture();
  writeFiles(cwd, {
    'in/good.jpg': good,
    'in/cut.jpg': truncated(good),
    'in/text.jpg': textFile,
    'in/empty.jpg': emptyFile,
    'in/bell\u0007\u001b[31m.jpg': textFile,
  });
  const { status, stdout } = await runCli(['run', 'in/', '--out', 'new/out'], { cwd });
  expect(status).toBe(1);
  expect(stdout).toMatch(/5 files: 1 rendered, 4 failed/);
  for (const failure of ['cut.jpg: CORRUPT_IMAGE', 'text.jpg: UNSUPPORTED_FORMAT', 'empty.jpg: EMPTY_SOURCE'])
    expect(stdout).toContain(failure);
  // eslint-disable-next-line no-control-regex -- control characters are exactly what must not be there
  expect(stdout).not.toMatch(/[\u0007\u001b]/);
  expect(existsSync(join(cwd, 'new/out/renditions/good.jpg/thumbnail.webp'))).toBe(true);
});

test("files by name, a recipe of one's own, an empty folder", async () => {
  const cwd = temporaryFolder();
  writeFiles(cwd, {
    'in/a.jpg': await picture(),
    'in/b.jpg': await picture({ seed: 2 }),
    'recipe.json': JSON.stringify({
      name: 'mine',
      renditions: [{ name: 'w{width}', widths: [40, 80], formats: { png: {} } }],
    }),
  });
  const given = ['run', 'in/a.jpg', join(cwd, 'in/a.jpg'), '--recipe', 'recipe.json', '--json'];
  const { status, stdout, stderr } = await runCli(given, { cwd });
  expect({ status, report: JSON.parse(stdout) }).toMatchObject({
    status: 0,
    report: { recipe: 'mine', images: { total: 1 } },
  });
  expect(stderr).not.toContain('b.jpg');
  expect(readdirSync(join(cwd, 'fanlight-out/renditions/a.jpg')).toSorted()).toEqual(['w40.png', 'w80.png']);

  writeFiles(cwd, { 'nothing/.keep': '' });
  const empty = await runCli(['run', 'nothing', '--out', 'empty-out'], { cwd });
  expect(empty.status).toBe(0);
  expect(empty.stdout).toMatch(/^Nothing to do/);
});
