import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAssembly } from '../../infra/assembly.ts';
import { Clock } from '../../localstack/embedded/clock.ts';
import { openStack, type Stack } from '../../localstack/embedded/stack.ts';
import { JobClient, type ManifestDocument, type SubmittedManifest } from '../../shared/client/job-client.ts';
import { ResultLineSchema, type ResultLine } from '../../shared/core/outcome.ts';
import type { Report } from '../../shared/core/report.ts';
import { stateKey } from '../../shared/core/state-key.ts';
import { ownerConfig } from './test-stack.ts';

/** The deployed bundles on the embedded stack, with short timeouts: a lost delivery comes back after 60 s of the clock. */
export interface PipelineStack {
  readonly stack: Stack;
  readonly clock: Clock;
  readonly s3: S3Client;
  readonly jobs: JobClient;
  readonly uploadsBucket: string;
  readonly resultsBucket: string;
  readonly log: readonly string[];
  put(key: string, body: Buffer): Promise<void>;
  /** What leads to the job of an upload. */
  uploaded(key: string): Promise<SubmittedManifest>;
  /** Puts files below a prefix of their own and submits a manifest of it. */
  submit(files: Readonly<Record<string, Buffer>>, manifest?: Partial<ManifestDocument>): Promise<string>;
  keys(prefix: string): Promise<string[]>;
  /** sha256 by key. */
  digests(prefix: string): Promise<Record<string, string>>;
  results(job: string, report: Report): Promise<ResultLine[]>;
  /** Process ids of a function's environments. */
  environments(logicalIdPart: string): number[];
  close(): Promise<void>;
}

export const processorTimeoutS = 10;
/** What the template makes of it: six times the function's timeout. */
export const visibilityTimeoutMs = processorTimeoutS * 6 * 1_000;

/** @param assemblyDir of a stack with the outputs of the deployed one, which is the default */
export async function openPipeline(assemblyDir?: string): Promise<PipelineStack> {
  const sizes = { processorTimeoutS, bookkeepingTimeoutS: processorTimeoutS };
  const directory = assemblyDir ?? (await ensureAssembly(sizes)).directory;
  const dataDir = await mkdtemp(join(tmpdir(), 'fanlight-pipeline-'));
  const clock = new Clock();
  const log: string[] = [];
  const stack = await openStack({ assemblyDir: directory, dataDir, clock, onLog: (_, line) => void log.push(line) });
  const s3 = new S3Client({ ...ownerConfig(stack.url), forcePathStyle: true });
  const { UploadsBucketName: uploadsBucket = '', ResultsBucketName: resultsBucket = '' } = stack.outputs;
  const jobs = new JobClient({ s3, uploadsBucket, resultsBucket });
  let submitted = 0;

  const put = async (key: string, body: Buffer): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: uploadsBucket, Key: key, Body: body }));
  };
  const body = async (key: string): Promise<Buffer> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: resultsBucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const keys = async (prefix: string): Promise<string[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: resultsBucket, Prefix: prefix }));
    return Contents.map(({ Key = '' }) => Key);
  };
  return {
    stack,
    clock,
    s3,
    jobs,
    uploadsBucket,
    resultsBucket,
    log,
    put,
    uploaded: async (key) => {
      const { ETag = '' } = await s3.send(new HeadObjectCommand({ Bucket: uploadsBucket, Key: key }));
      return { bucket: uploadsBucket, key, etag: ETag.replaceAll('"', '') };
    },
    keys,
    submit: async (files, manifest = {}) => {
      const run = `run-${++submitted}`;
      for (const [name, content] of Object.entries(files)) await put(`runs/${run}/${name}`, content);
      const sources = [{ prefix: `s3://${uploadsBucket}/runs/${run}/` }];
      return jobs.waitForJob(await jobs.submit(`jobs/${run}.fanlight.json`, { sources, ...manifest }));
    },
    digests: async (prefix) => {
      const entries = (await keys(prefix)).map(
        async (key) =>
          [
            key,
            createHash('sha256')
              .update(await body(key))
              .digest('hex'),
          ] as const,
      );
      return Object.fromEntries(await Promise.all(entries));
    },
    results: async (job, report) => {
      const parts = Array.from({ length: report.plan.parts }, async (_, part) => body(stateKey.results(job, part)));
      const lines = (await Promise.all(parts)).flatMap((part) => part.toString().trimEnd().split('\n'));
      return lines.map((line) => ResultLineSchema.parse(JSON.parse(line)));
    },
    environments: (logicalIdPart) =>
      stack.functions
        .filter(({ logicalId }) => logicalId.includes(logicalIdPart))
        .flatMap(({ environments }) => environments.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))),
    close: async () => {
      s3.destroy();
      await stack.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Direct children of a process. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}
