import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { JobClient } from '../../shared/client/job-client.ts';
import { runCli, startCli, type CliResult } from './cli-process.ts';
import { temporaryFolder } from './folders.ts';

/** `fanlight dev`, and the other commands beside it. */
export interface RunningDev {
  /** Where commands are called. */
  readonly cwd: string;
  readonly client: JobClient;
  readonly s3: S3Client;
  /** The uploads bucket. */
  readonly uploads: string;
  readonly put: (key: string, body: Buffer | string) => Promise<void>;
  readonly fanlight: (...args: string[]) => Promise<CliResult>;
  readonly stop: () => Promise<CliResult>;
}

/** Starts `fanlight dev` in a folder of the test's own. */
export async function startDev(): Promise<RunningDev> {
  const cwd = temporaryFolder();
  const { launcher, said, ended } = startCli(['dev', '--port', '0', '--data', 'data'], { cwd });
  const text = await said(/Ctrl-C ends/);
  const found = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const endpoint = found(/AWS_ENDPOINT_URL=(\S+)/);
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  const uploads = found(/Uploads bucket: (\S+)/);
  return {
    cwd,
    client: new JobClient({ s3, uploadsBucket: uploads, resultsBucket: found(/Results bucket: (\S+)/) }),
    s3,
    uploads,
    put: async (key, body) => {
      await s3.send(new PutObjectCommand({ Bucket: uploads, Key: key, Body: body }));
    },
    fanlight: (...args) => runCli([...args, '--data', 'data'], { cwd }),
    stop: () => {
      s3.destroy();
      launcher.kill('SIGINT');
      return ended;
    },
  };
}
