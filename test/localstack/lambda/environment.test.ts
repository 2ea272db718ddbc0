import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { functionResources } from '../../builders/mini-assembly.ts';
import { openTestStack, ownerConfig, payloadOf } from '../../builders/test-stack.ts';
import type { TestStack } from '../../builders/test-stack.ts';
import { textLike } from '../../builders/text-like.ts';

const traps = {
  AWS_PROFILE: 'trap',
  AWS_ENDPOINT_URL: 'http://trap.invalid',
  AWS_ENDPOINT_URL_S3: 'http://trap.invalid',
  AWS_ACCESS_KEY_ID: 'TRAP',
  AWS_CONFIG_FILE: '/trap',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://trap.invalid',
  HTTP_PROXY: 'http://trap.invalid',
  NODE_OPTIONS: '--no-warnings',
  SECRET_OF_THE_CALLER: 'trap',
};

const code = `export const handler = async () => { console.log('hello', 'log'); return process.env; };`;
const readsBucket = { Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Sub': '${Bucket.Arn}/readable/*' } };

let opened: TestStack;
let variables: Record<string, string>;
beforeAll(async () => {
  for (const [name, value] of Object.entries(traps)) vi.stubEnv(name, value);
  opened = await openTestStack({
    bundles: { Fn: code, Other: code },
    resources: {
      Bucket: { Type: 'AWS::S3::Bucket' },
      ...functionResources('Fn', { Environment: { Variables: { BUCKET: { Ref: 'Bucket' } } } }, [readsBucket]),
      ...functionResources('Other'),
    },
    outputs: { BucketName: { Ref: 'Bucket' } },
  });
  variables = await variablesOf('Fn');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await opened.dispose();
});

async function variablesOf(name: string): Promise<Record<string, string>> {
  return payloadOf(await opened.stack.invoke(name, {}), z.record(z.string(), z.string()));
}

test('variables are those of Lambda and of the template, and nothing of the caller', () => {
  expect(variables).toEqual({
    BUCKET: opened.stack.outputs['BucketName'],
    AWS_ENDPOINT_URL: opened.stack.url,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: textLike(/^ASIA[0-9A-F]{16}$/),
    AWS_SECRET_ACCESS_KEY: textLike(/./),
    AWS_SESSION_TOKEN: textLike(/./),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_LAMBDA_FUNCTION_NAME: textLike(/^Mini-Fn-/),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: textLike(/^\/aws\/lambda\/Mini-Fn-/),
    AWS_LAMBDA_LOG_STREAM_NAME: textLike(/^\[\$LATEST\]/),
    AWS_LAMBDA_RUNTIME_API: textLike(/^127\.0\.0\.1:\d+\//),
    LAMBDA_TASK_ROOT: join(opened.assemblyDir, 'asset.Fn'),
    _HANDLER: 'index.handler',
    _X_AMZN_TRACE_ID: textLike(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1$/),
    LANG: 'en_US.UTF-8',
    PATH: textLike(/./),
    TMPDIR: textLike(/\/data\/environments\//),
    TZ: ':UTC',
  });
});

test('credentials are those of the role: what its policies allow, and no more', async () => {
  const Bucket = opened.stack.outputs['BucketName'];
  const owner = new S3Client({ ...ownerConfig(opened.stack.url), forcePathStyle: true });
  await owner.send(new PutObjectCommand({ Bucket, Key: 'readable/a', Body: 'content' }));
  const role = new S3Client({
    ...ownerConfig(opened.stack.url),
    forcePathStyle: true,
    credentials: {
      accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: variables['AWS_SESSION_TOKEN'] ?? '',
    },
  });
  const found = await role.send(new GetObjectCommand({ Bucket, Key: 'readable/a' }));
  expect(await found.Body?.transformToString()).toBe('content');
  await expect(role.send(new PutObjectCommand({ Bucket, Key: 'readable/a', Body: '' }))).rejects.toThrow(
    expect.objectContaining({ name: 'AccessDenied' }),
  );
  expect((await variablesOf('Other'))['AWS_ACCESS_KEY_ID']).not.toBe(variables['AWS_ACCESS_KEY_ID']);
  role.destroy();
  owner.destroy();
});

test("a function's output is in its own log, line by line, with Lambda's own lines", () => {
  const log = readFileSync(join(opened.dataDir, 'logs', `${variables['AWS_LAMBDA_FUNCTION_NAME']}.log`), 'utf8');
  expect(log).toContain('hello log\n');
  expect(log).toMatch(/^START RequestId: \S+ Version: \$LATEST$/m);
  expect(log).toMatch(/^REPORT RequestId: \S+\tDuration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB$/m);
  expect(opened.lines).toContain('hello log');
});
