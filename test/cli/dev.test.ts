import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runCli, startCli } from '../builders/cli-process.ts';
import { temporaryFolder } from '../builders/folders.ts';
import { picture } from '../builders/images.ts';
import { familyOf, isAlive } from '../builders/processes.ts';

/** What `fanlight dev` prints for pasting. */
function parseWelcome(text: string): { endpoint: string; uploads: string; results: string; prefix: string } {
  const [endpoint, accessKey, secretKey] = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map(
    (name) => new RegExp(`${name}=(\\S+)`).exec(text)?.[1],
  );
  expect([accessKey, secretKey]).toEqual(['test', 'test']);
  const [, uploads = '', prefix = ''] = /aws s3 cp \S+ s3:\/\/([^/]+)\/(\S+)/.exec(text) ?? [];
  const results = /Results bucket: (\S+)/.exec(text)?.[1] ?? '';
  return { endpoint: endpoint ?? '', uploads, results, prefix };
}

test('stays up: an object put as it tells becomes renditions, a second one says the port is taken, Ctrl-C ends it', async () => {
  const cwd = temporaryFolder();
  const { launcher, said, ended } = startCli(['dev', '--port', '0', '--data', 'data'], { cwd });
  const { endpoint, uploads, results, prefix } = parseWelcome(await said(/Ctrl-C ends/));
  const { hostname, port } = new URL(endpoint);
  expect(hostname).toBe('127.0.0.1');
  const s3 = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
  });
  await s3.send(new PutObjectCommand({ Bucket: uploads, Key: `${prefix}a b.jpg`, Body: await picture() }));
  const key = await vi.waitUntil(
    async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: results, Prefix: 'renditions/' }));
      return Contents[0]?.Key;
    },
    { timeout: 20_000, interval: 50 },
  );
  expect(key).toBe(`renditions/${prefix}a b.jpg/thumbnail.webp`);
  s3.destroy();

  const second = await runCli(['dev', '--port', port, '--data', join(cwd, 'other')], { cwd });
  expect(second.stderr).toMatch(/^fanlight: STACK_FAILED: port \d+ is in use[^\n]*\n$/);
  expect(second.status).toBe(3);

  const family = familyOf(launcher.pid ?? 0);
  launcher.kill('SIGINT');
  expect((await ended).status).toBe(130);
  await vi.waitUntil(() => !family.some(isAlive), { timeout: 10_000, interval: 20 });
});

test('a port that is none', async () => {
  const { status, stderr } = await runCli(['dev', '--port', 'x'], { cwd: temporaryFolder() });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'fanlight: USAGE: --port takes a number from 0 to 65535 (given x)\n',
  });
});
